//! Figures put together: counts, sums, shares, and lengths in order. What so few confidential records show that
//! they could be told apart is hidden, and with it a second value, so that no sum gives the first away.

use std::collections::BTreeMap;

use super::table::Cell;
use crate::domain::figures::Figure;

/// Cells of fewer exceptions are hidden where one of them is confidential.
const FEW: i64 = 5;

/// What was counted of one line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pool {
    /// How many.
    pub count: i64,
    /// What else was summed.
    pub sums: [i64; 4],
    confidential: i64,
    hours: BTreeMap<i64, i64>,
    hidden: bool,
}

impl Pool {
    /// Adds a figure.
    pub fn add(&mut self, figure: &Figure) {
        self.count += figure.count;
        self.confidential += figure.confidential;
        self.sums.iter_mut().zip(figure.sums).for_each(|(sum, more)| *sum += more);
        if let Some(hours) = figure.hours {
            *self.hours.entry(hours).or_default() += figure.count;
        }
    }

    /// The sum of this number.
    pub fn sum<const N: usize>(&self) -> i64 {
        self.sums.get(N).copied().unwrap_or(0)
    }

    /// Is it too few to be told?
    pub const fn is_hidden(&self) -> bool {
        self.hidden || (self.confidential > 0 && self.count < FEW)
    }

    /// A cell of it, unless it is hidden.
    pub fn cell(&self, cell: impl FnOnce(&Self) -> Cell) -> Cell {
        if self.is_hidden() { Cell::Hidden } else { cell(self) }
    }

    /// The hours that a share of all took at most; nothing where nothing has a length.
    pub fn percentile(&self, percent: i64) -> Cell {
        let all: i64 = self.hours.values().sum();
        let wanted = (all * percent + 99) / 100;
        let mut seen = 0;
        for (hours, count) in &self.hours {
            seen += count;
            if seen >= wanted.max(1) {
                return Cell::Count(*hours);
            }
        }
        Cell::Nothing
    }

    /// The hours in all.
    pub fn hours(&self) -> i64 {
        self.hours.iter().map(|(hours, count)| hours * count).sum()
    }
}

/// `part` in a hundred of `whole`, to one decimal; nothing of nothing.
pub fn share(part: i64, whole: i64) -> Cell {
    if whole == 0 {
        return Cell::Nothing;
    }
    Cell::Number(tenths(part.saturating_mul(1000), whole))
}

/// `part / whole`, where `part` is in tenths, rounded to one decimal.
pub fn tenths(part: i64, whole: i64) -> f64 {
    let tenths = (part.saturating_mul(2) + whole).div_euclid(whole.saturating_mul(2).max(1));
    f64::from(i32::try_from(tenths).unwrap_or(i32::MAX)) / 10.0
}

/// Where exactly one line is hidden, hides the smallest other one too.
pub fn hide<'p>(lines: impl Iterator<Item = &'p mut Pool>) {
    let mut lines: Vec<&mut Pool> = lines.filter(|pool| pool.count > 0).collect();
    if lines.iter().filter(|pool| pool.is_hidden()).count() != 1 {
        return;
    }
    let smallest = lines.iter_mut().filter(|pool| !pool.is_hidden()).min_by_key(|pool| pool.count);
    if let Some(pool) = smallest {
        pool.hidden = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(figures: &[(i64, i64, Option<i64>)]) -> Pool {
        let mut pool = Pool::default();
        for (count, confidential, hours) in figures {
            pool.add(&Figure { count: *count, confidential: *confidential, hours: *hours, ..Figure::default() });
        }
        pool
    }

    #[test]
    fn a_percentile_is_the_hour_at_which_so_many_were_done() {
        let of = pool(&[(5, 0, Some(1)), (4, 0, Some(8)), (1, 0, Some(100))]);
        assert_eq!(
            [10, 50, 51, 90, 91, 100].map(|percent| of.percentile(percent)),
            [1, 1, 8, 8, 100, 100].map(Cell::Count)
        );
        assert_eq!(of.hours(), 5 + 32 + 100);
        assert_eq!(pool(&[(3, 0, None)]).percentile(50), Cell::Nothing);
    }

    #[test]
    fn a_share_is_rounded_to_one_decimal() {
        assert_eq!(share(1, 3), Cell::Number(33.3));
        assert_eq!(share(2, 3), Cell::Number(66.7));
        assert_eq!(share(0, 0), Cell::Nothing);
        assert_eq!(share(7, 7), Cell::Number(100.0));
    }

    #[test]
    fn few_confidential_ones_are_hidden_and_no_sum_gives_them_away() {
        let told = |counts: &[(i64, i64)]| {
            let mut pools: Vec<Pool> = counts.iter().map(|(count, secret)| pool(&[(*count, *secret, None)])).collect();
            hide(pools.iter_mut());
            pools.iter().map(Pool::is_hidden).collect::<Vec<_>>()
        };
        assert_eq!(told(&[(4, 0), (5, 5), (90, 1)]), [false, false, false]);
        assert_eq!(told(&[(4, 1), (9, 0), (90, 1)]), [true, true, false]);
        assert_eq!(told(&[(4, 1), (3, 3), (90, 1)]), [true, true, false]);
        assert_eq!(told(&[(0, 0), (1, 1)]), [false, true], "there is nothing to hide it behind");
    }
}

//! One figure of a report as bars: what an SVG needs, computed here. The same numbers stand in the table beside.

use crate::reports::Cell;

/// Bars at most: beyond, the table tells more.
const MOST: usize = 40;
/// From one bar to the next, in the drawing's units.
const STEP: usize = 26;
/// The longest label, in characters.
const LABEL: usize = 30;
/// The length of the longest bar, in the drawing's units.
const LONGEST: f64 = 360.0;

/// A chart of horizontal bars.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) said: String,
    pub(super) height: usize,
    pub(super) bars: Vec<Bar>,
}

/// One of them.
pub(super) struct Bar {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) baseline: usize,
    pub(super) top: usize,
    pub(super) length: String,
    pub(super) value_at: String,
}

/// How long a bar would be; nothing where the cell has no number.
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a bar is some hundred units long")]
pub(super) const fn length(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Count(count) => Some(*count as f64),
        Cell::Number(number) => Some(*number),
        Cell::Text(_) | Cell::Instant(_) | Cell::Flag(_) | Cell::Nothing | Cell::Hidden => None,
    }
}

impl Chart {
    /// The chart of these labels and values; none where fewer than two can be compared.
    pub(super) fn of((title, said): (String, String), bars: &[(String, f64, String)]) -> Option<Self> {
        let most = bars.iter().map(|(_, value, _)| *value).fold(0.0, f64::max);
        if !(2..=MOST).contains(&bars.len()) || most <= 0.0 {
            return None;
        }
        let bar = |(at, (label, value, text)): (usize, &(String, f64, String))| {
            let length = (value.max(0.0) / most * LONGEST).max(1.0);
            Bar {
                label: shortened(label),
                value: text.clone(),
                baseline: at * STEP + 18,
                top: at * STEP + 5,
                length: format!("{length:.1}"),
                value_at: format!("{:.1}", length + 228.0),
            }
        };
        Some(Self { title, said, height: bars.len() * STEP + 6, bars: bars.iter().enumerate().map(bar).collect() })
    }
}

fn shortened(label: &str) -> String {
    if label.chars().count() <= LABEL {
        return label.to_owned();
    }
    label.chars().take(LABEL - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bars(values: &[f64]) -> Vec<(String, f64, String)> {
        values.iter().map(|value| ("High".to_owned(), *value, value.to_string())).collect()
    }

    #[test]
    fn the_longest_bar_is_the_greatest_value() {
        let chart = Chart::of(("T".to_owned(), "S".to_owned()), &bars(&[2.0, 4.0, 0.0])).expect("a chart");
        let lengths: Vec<&str> = chart.bars.iter().map(|bar| bar.length.as_str()).collect();
        assert_eq!((lengths, chart.height), (vec!["180.0", "360.0", "1.0"], 84));
    }

    #[test]
    fn nothing_to_compare_is_no_chart() {
        let title = || ("T".to_owned(), "S".to_owned());
        for few in [&[][..], &[1.0], &[0.0, 0.0]] {
            assert!(Chart::of(title(), &bars(few)).is_none(), "{few:?}");
        }
        assert!(Chart::of(title(), &bars(&[1.0; 41])).is_none());
    }

    #[test]
    fn a_long_label_is_shortened() {
        assert_eq!(shortened(&"x".repeat(31)), format!("{}…", "x".repeat(29)));
    }
}

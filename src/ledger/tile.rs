//! Tiles (C2SP tlog-tiles): the tree in pieces that never change, by their paths. It names the nodes of a
//! tile; where their hashes are kept it does not know. Bundles of entries are not served: leaves tell who did
//! what, and are in exports for those who may read them.

use tlog_tiles::Tile as Parsed;

use super::tree::NodeId;

/// The height of every tile.
const HEIGHT: u8 = 8;
/// How many hashes a full tile has.
const FULL: u64 = 1 << HEIGHT;
/// The highest level of tiles that a tree of 2^63 leaves has.
const MOST_LEVEL: u32 = 7;

/// One tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    level: u32,
    index: u64,
    width: u64,
}

impl Tile {
    /// The tile at `LEVEL/INDEX[.p/WIDTH]`, such as `0/x001/234.p/7`; `None` for any other text.
    pub fn read(path: &str) -> Option<Self> {
        let (level, rest) = path.split_once('/')?;
        let sound = level.parse::<u32>().is_ok_and(|level| level <= MOST_LEVEL) && !rest.ends_with(".p/0");
        let parsed = sound.then(|| Parsed::from_path(&format!("tile/{HEIGHT}/{path}")).ok()).flatten()?;
        let (level, width) = (u32::from(parsed.level()), u64::from(parsed.width()));
        (!parsed.is_data()).then_some(Self { level, index: parsed.level_index(), width })
    }

    /// Its path, as [`Tile::read`] takes it.
    pub fn path(self) -> String {
        let (level, width) = (u8::try_from(self.level).unwrap_or(0), u32::try_from(self.width).unwrap_or(1));
        let path = Parsed::new(HEIGHT, level, self.index, width, false).path();
        path.strip_prefix("tile/8/").unwrap_or_default().to_owned()
    }

    /// Every tile of a tree of so many leaves, partial ones at its edge.
    pub fn of_tree(size: u64) -> Vec<Self> {
        let levels = (0..=MOST_LEVEL).map(|level| (level, size >> (u32::from(HEIGHT) * level)));
        let tiles = levels.take_while(|(_, nodes)| *nodes > 0).flat_map(|(level, nodes)| {
            let full = (0..nodes / FULL).map(move |index| Self { level, index, width: FULL });
            let partial = Some(nodes % FULL).filter(|width| *width > 0);
            full.chain(partial.map(|width| Self { level, index: nodes / FULL, width }))
        });
        tiles.collect()
    }

    /// Its first node; the others follow it at the same level.
    pub fn first(self) -> Option<NodeId> {
        Some(NodeId { level: self.level * u32::from(HEIGHT), index: self.index.checked_mul(FULL)? })
    }

    /// How many nodes it has.
    pub const fn width(self) -> u64 {
        self.width
    }

    /// Is it on the way from this leaf to the root?
    pub fn is_over(self, leaf: u64) -> bool {
        let node = leaf >> (u32::from(HEIGHT) * self.level);
        node / FULL == self.index && node % FULL < self.width
    }

    /// Is all of it in a tree of so many leaves?
    pub fn is_within(self, size: u64) -> bool {
        let nodes = size >> (u32::from(HEIGHT) * self.level);
        self.index.checked_mul(FULL).and_then(|first| first.checked_add(self.width)).is_some_and(|end| end <= nodes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_go_round() {
        for path in ["0/000", "0/000.p/1", "1/x001/x234/067", "0/x001/234.p/255", "7/000.p/3"] {
            assert_eq!(Tile::read(path).map(Tile::path).as_deref(), Some(path));
        }
        let odd =
            ["", "0", "0/0", "0/000.p/0", "0/000.p/256", "8/000", "64/000", "data/000", "entries/000", "0/001/000"];
        for path in odd.into_iter().chain(["0/000/", "00/000", "-1/000", "0/x999/x999/x999/x999/x999/x999/x999/999"]) {
            assert_eq!(Tile::read(path), None, "{path}");
        }
    }

    #[test]
    fn a_tree_s_tiles_are_within_it_and_cover_each_of_its_nodes_once() {
        for size in [0, 1, 255, 256, 257, 65_536, 70_000] {
            let tiles = Tile::of_tree(size);
            assert!(tiles.iter().all(|tile| tile.is_within(size)), "{size}");
            for level in 0..=2 {
                let width: u64 = tiles.iter().filter(|tile| tile.level == level).map(|tile| tile.width).sum();
                assert_eq!(width, size >> (8 * level), "{size} at {level}");
            }
        }
        assert!(!Tile::read("0/001.p/2").unwrap().is_within(257));
    }
}

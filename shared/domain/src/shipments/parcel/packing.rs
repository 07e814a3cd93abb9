//! Finds a box for several units, as somebody at a packing table would: side by side and in layers, not in one tall tower. The
//! usual algorithms fill boxes of given sizes; here the size of the box is what is sought.
//!
//! Several packings are tried, all of them feasible: a tower; equal units in a grid; and units one by one, largest first, into
//! the room that is left or next to what is there. The box with the smallest length plus girth wins, because carriers limit
//! parcels by it; of several, the one with the smallest volume.

use std::collections::BTreeMap;

use super::Dimensions;
use crate::measure::Length;

/// More units than this are only packed as blocks of equal ones: the work grows with the square of their number.
const UNITS_MAX: usize = 200;

/// Three sides in micrometres.
type Sides = [u64; 3];

/// The six ways to turn three sides.
const TURNS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// The box for `units`; `None` for no units. A single unit is its own box. The order of the units does not matter.
pub(super) fn pack_box(units: &[Dimensions]) -> Option<Dimensions> {
    let mut kinds: BTreeMap<Sides, usize> = BTreeMap::new();
    for unit in units {
        *kinds
            .entry(longest_first([unit.length, unit.width, unit.height].map(Length::micrometres)))
            .or_default() += 1;
    }
    let blocks: Vec<Sides> = kinds.iter().map(|(unit, count)| grid(*unit, *count)).collect();
    let mut boxes = vec![tower(&kinds)?];
    boxes.extend(SIZES.map(|size| one_by_one(blocks.clone(), size).sides));
    if units.len() <= UNITS_MAX {
        let units: Vec<Sides> =
            kinds.iter().flat_map(|(unit, count)| std::iter::repeat_n(*unit, *count)).collect();
        boxes.extend(SIZES.map(|size| one_by_one(units.clone(), size).sides));
    }
    let best = boxes
        .into_iter()
        .map(longest_first)
        .min_by_key(|sides| (length_and_girth(sides), volume(sides), *sides));
    best.map(|sides| {
        let [a, b, c] = sides.map(Length::from_micrometres);
        Dimensions::new(a, b, c)
    })
}

fn longest_first(mut sides: Sides) -> Sides {
    sides.sort_unstable_by(|a, b| b.cmp(a));
    sides
}

fn turned(sides: Sides, turn: [usize; 3]) -> Sides {
    turn.map(|side| sides[side])
}

fn volume(sides: &Sides) -> u128 {
    sides.iter().fold(1, |volume, side| volume.saturating_mul(u128::from(*side)))
}

fn length_and_girth(sides: &Sides) -> u64 {
    let [length, width, height] = longest_first(*sides);
    length.saturating_add(width.saturating_add(height).saturating_mul(2))
}

fn sum(sides: &Sides) -> u64 {
    sides.iter().fold(0, |sum, side| sum.saturating_add(*side))
}

/// The measures by which a growing box is kept small. Neither is best for all units.
const SIZES: [fn(&Sides) -> u64; 2] = [length_and_girth, sum];

/// All units on top of each other, each on its largest face.
fn tower(kinds: &BTreeMap<Sides, usize>) -> Option<Sides> {
    let stacks = kinds.iter().map(|([length, width, height], count)| {
        [*length, *width, height.saturating_mul(u64::try_from(*count).unwrap_or(u64::MAX))]
    });
    stacks.reduce(|below, above| {
        [below[0].max(above[0]), below[1].max(above[1]), below[2].saturating_add(above[2])]
    })
}

/// `count` equal units in rows, columns and layers, not all of which need to be full.
fn grid(unit: Sides, count: usize) -> Sides {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let along = (1..=count).flat_map(|a| (1..=count.div_ceil(a)).map(move |b| [a, b, count.div_ceil(a * b)]));
    // The counts of units along the sides run through all orders, so the unit need not be turned.
    let boxes = along.map(|counts| std::array::from_fn(|side| unit[side].saturating_mul(counts[side])));
    boxes.min_by_key(|sides| (length_and_girth(sides), volume(sides), longest_first(*sides))).unwrap_or(unit)
}

/// A box that grows with its contents.
struct Growing {
    sides: Sides,
    /// The free space in it, as cuboids that don't overlap, the smallest first.
    room: Vec<Sides>,
}

/// Packs `units`, the longest first, into a box that grows as little as possible by `size`.
fn one_by_one(mut units: Vec<Sides>, size: fn(&Sides) -> u64) -> Growing {
    units.sort_unstable_by(|a, b| b.cmp(a));
    let mut growing = Growing { sides: [0; 3], room: Vec::new() };
    for unit in units {
        if !growing.fill(unit) {
            growing.grow(unit, size);
        }
    }
    growing
}

impl Growing {
    /// Puts `unit` into the smallest free space in which it fits; false if there is none.
    fn fill(&mut self, unit: Sides) -> bool {
        for place in 0..self.room.len() {
            let room = self.room[place];
            let fits = TURNS
                .map(|turn| turned(unit, turn))
                .into_iter()
                .filter(|unit| unit.iter().zip(room).all(|(side, room)| *side <= room));
            // The turn that leaves the least beside it keeps the rest in large pieces.
            let tightest = fits.min_by_key(|unit| {
                unit.iter().zip(room).map(|(side, room)| room - side).min().unwrap_or_default()
            });
            if let Some(unit) = tightest {
                self.room.remove(place);
                self.keep_rest(room, unit);
                return true;
            }
        }
        false
    }

    /// Puts `unit` beside what is there, on the side and in the turn by which the box becomes the smallest.
    fn grow(&mut self, unit: Sides, size: fn(&Sides) -> u64) {
        let ways = (0..3).flat_map(|axis| TURNS.map(|turn| (axis, turned(unit, turn))));
        let before = self.sides;
        let grown = |axis: usize, unit: Sides| -> Sides {
            std::array::from_fn(|side| match side == axis {
                true => before[side].saturating_add(unit[side]),
                false => before[side].max(unit[side]),
            })
        };
        let smallest = ways.min_by_key(|(axis, unit)| {
            let sides = grown(*axis, *unit);
            (size(&sides), longest_first(sides))
        });
        let Some((axis, unit)) = smallest else { return };
        self.sides = grown(axis, unit);
        // Where the unit is wider than what was there, room is left beside that, too.
        let (mut around, mut beside) = (self.sides, self.sides);
        (around[axis], beside[axis]) = (before[axis], unit[axis]);
        self.keep_rest(around, before);
        self.keep_rest(beside, unit);
    }

    /// Cuts what `unit` leaves of `room`, in whose corner it lies, the largest piece first.
    fn keep_rest(&mut self, mut room: Sides, unit: Sides) {
        let mut axes = [0, 1, 2];
        axes.sort_by_key(|axis| std::cmp::Reverse(room[*axis] - unit[*axis]));
        for axis in axes {
            let mut piece = room;
            piece[axis] = room[axis] - unit[axis];
            room[axis] = unit[axis];
            if volume(&piece) > 0 {
                let place =
                    self.room.partition_point(|other| (volume(other), *other) < (volume(&piece), piece));
                self.room.insert(place, piece);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Dimensions;
    use super::{SIZES, Sides, longest_first, one_by_one, pack_box, volume};
    use crate::measure::Length;

    fn unit([a, b, c]: [u64; 3]) -> Dimensions {
        let [a, b, c] = [a, b, c].map(Length::from_micrometres);
        Dimensions::new(a, b, c)
    }

    fn packed(units: &[Sides]) -> Sides {
        let units: Vec<_> = units.iter().map(|sides| unit(*sides)).collect();
        let sides = pack_box(&units).unwrap();
        [sides.length, sides.width, sides.height].map(Length::micrometres)
    }

    #[track_caller]
    fn check(units: &[(Sides, usize)], expect: Sides) {
        let all: Vec<Sides> = units.iter().flat_map(|(sides, count)| vec![*sides; *count]).collect();
        assert_eq!(packed(&all), expect, "{units:?}");
    }

    #[test]
    fn one_unit_is_its_own_box() {
        assert_eq!(pack_box(&[]), None);
        check(&[([30, 2, 5], 1)], [30, 5, 2]);
    }

    #[test]
    fn equal_units_lie_side_by_side_and_in_layers() {
        check(&[([4, 4, 4], 40)], [20, 16, 8]);
        check(&[([4, 4, 4], 7)], [8, 8, 8]);
        check(&[([6, 4, 2], 2)], [6, 4, 4]);
        check(&[([12, 10, 1], 6)], [12, 10, 6]); // flat things are stacked
        check(&[([30, 2, 2], 10)], [30, 10, 4]); // long things lie together
        check(&[([9, 6, 1], 100)], [25, 18, 12]);
    }

    #[test]
    fn small_units_fill_what_large_ones_leave() {
        check(&[([20, 20, 10], 1), ([2, 2, 2], 30)], [22, 20, 10]);
        check(&[([10, 10, 10], 7), ([5, 5, 5], 8)], [20, 20, 20]);
        check(&[([30, 2, 2], 1), ([6, 5, 5], 2)], [30, 7, 5]);
        check(&[([6, 4, 2], 2), ([3, 3, 1], 2)], [6, 5, 4]);
    }

    /// Up to 14 units of up to four kinds, the same at every run.
    fn mixed(n: usize) -> Vec<Vec<Sides>> {
        let mut state = 7_u64;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut units = || {
            let kinds: [Sides; 4] = std::array::from_fn(|_| [1 + draw(20), 1 + draw(12), 1 + draw(6)]);
            (0..1 + draw(14)).map(|_| kinds[draw(4) as usize]).collect()
        };
        (0..n).map(|_| units()).collect()
    }

    #[test]
    fn a_box_holds_its_units_in_any_order_and_little_air() {
        let (mut content, mut boxes) = (0, 0);
        for units in mixed(500) {
            let sides = packed(&units);
            let inside = units.iter().map(volume).sum::<u128>();
            assert!(volume(&sides) >= inside, "{units:?} in {sides:?}");
            for unit in &units {
                let unit = longest_first(*unit);
                assert!(unit.iter().zip(sides).all(|(unit, side)| *unit <= side), "{unit:?} in {sides:?}");
            }
            let turned: Vec<Sides> = units.iter().rev().map(|[a, b, c]| [*c, *a, *b]).collect();
            assert_eq!(packed(&turned), sides, "{units:?}");
            content += inside;
            boxes += volume(&sides);
        }
        assert!(content * 100 > boxes * 80, "{content} of {boxes} are filled");
    }

    #[test]
    fn units_and_room_make_up_the_whole_box() {
        for units in mixed(500) {
            for size in SIZES {
                let inside = units.iter().map(volume).sum::<u128>();
                let growing = one_by_one(units.clone(), size);
                let room = growing.room.iter().map(volume).sum::<u128>();
                assert_eq!(inside + room, volume(&growing.sides), "{units:?}");
            }
        }
    }

    #[test]
    fn one_more_of_the_same_never_makes_the_box_smaller() {
        for unit in [[4, 4, 4], [6, 4, 2], [12, 10, 1], [30, 2, 2], [7, 5, 3], [9, 9, 2]] {
            let volumes: Vec<u128> = (1..80).map(|count| volume(&packed(&vec![unit; count]))).collect();
            assert!(volumes.is_sorted(), "{unit:?}: {volumes:?}");
        }
    }

    #[test]
    fn many_and_huge_units_are_packed() {
        let many: Vec<Sides> = (0..600).map(|n| [1 + n % 23, 1 + n % 17, 1 + n % 11]).collect();
        assert!(volume(&packed(&many)) >= many.iter().map(volume).sum());
        let huge = vec![[u64::MAX, u64::MAX, 1], [u64::MAX, 1, 1]];
        assert_eq!(packed(&huge)[0], u64::MAX);
    }
}

//! Who may work on how much at once: each shop has a lane of its own.
//!
//! A queue has so many places. A shop may take a share of the places that are free, so that whatever one does, the others
//! find some; the more shops are slow, the less each of them holds. A shop whose messages find no turn at an outside
//! service is narrowed to what that lets through, and left alone until the next turn.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backend_sqlite::Allowance;
use domain::ShopId;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How many places a shop may take for each one that it leaves free: alone, it gets to three quarters of them.
const TAKEN_FOR_FREE: usize = 3;
/// After so many pieces of work that were not sent away, a narrowed lane is one place wider.
const WORK_A_PLACE: usize = 2;
/// A pause of this length says that more wait than there are turns for; a shorter one is a refusal like any other.
const NARROWING_PAUSE: Duration = Duration::from_millis(500);

/// How the places of a queue may be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    /// All of them.
    pub(crate) all: usize,
    /// The most that one shop may take.
    pub(crate) of_a_shop: usize,
    /// How many messages one place takes.
    pub(crate) messages: usize,
}

/// The lanes of one queue.
pub(crate) struct Lanes {
    places: Places,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    taken: usize,
    lanes: HashMap<ShopId, Lane>,
}

/// One shop's.
struct Lane {
    taken: usize,
    width: Option<Width>,
    closed_until: Option<Instant>,
}

/// The most places that a narrowed lane may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Width {
    places: usize,
    /// Work since it last changed.
    worked: usize,
}

impl Lane {
    const NEW: Self = Self { taken: 0, width: None, closed_until: None };

    /// True when it is as if it had never been used.
    fn is_new(&self) -> bool {
        self.taken == 0 && self.width.is_none() && self.closed_until.is_none()
    }

    fn narrow(&mut self) {
        // What is under way now is what the service has turns for; a moment with little to do says less.
        let width = self.width.map_or(usize::MAX, |width| width.places);
        let half = self.width.map_or(0, |width| width.places / 2);
        self.width = Some(Width { places: width.min(self.taken.max(half)).max(1), worked: 0 });
    }

    /// Widens a narrowed lane with its work, until that is as wide as any lane.
    fn widen(&mut self, all: usize) {
        let Some(width) = &mut self.width else { return };
        width.worked += 1;
        if width.worked >= WORK_A_PLACE {
            self.width = Some(Width { places: width.places + 1, worked: 0 }).filter(|w| w.places < all);
        }
    }
}

/// How a piece of work left its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Left {
    /// Something was done, or failed.
    Worked,
    /// There was no turn for it at an outside service, and there is one after this time.
    Paused(Duration),
}

impl Lanes {
    pub(crate) fn new(places: Places) -> Self {
        Self { places, state: Mutex::default(), changed: Notify::new() }
    }

    /// How many messages of each shop may be received now. Nothing when no place is free.
    pub(crate) fn allowance(&self, now: Instant) -> Allowance {
        let mut state = self.state();
        state.lanes.retain(|_, lane| {
            lane.closed_until = lane.closed_until.filter(|until| *until > now);
            !lane.is_new()
        });
        let others = self.messages(state.may_take(self.places, &Lane::NEW));
        let shops = &state.lanes;
        let shops = shops
            .iter()
            .map(|(shop, lane)| (shop.clone(), self.messages(state.may_take(self.places, lane))))
            .collect();
        Allowance { others, shops }
    }

    /// How long until a closed lane opens.
    pub(crate) fn opens_after(&self, now: Instant) -> Option<Duration> {
        let state = self.state();
        state.lanes.values().filter_map(|lane| lane.closed_until).min().map(|until| until - now)
    }

    /// Takes a place for work of `shop`, in the lane's allowance or beyond it: what was received is worked on.
    pub(crate) fn enter(self: &Arc<Self>, shop: &ShopId) -> Place {
        let mut state = self.state();
        state.taken += 1;
        state.lanes.entry(shop.clone()).or_insert(Lane::NEW).taken += 1;
        Place { lanes: Arc::clone(self), shop: shop.clone(), left: Left::Worked }
    }

    /// Returns when a lane that was full has a place again. It may return early.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn messages(&self, places: usize) -> usize {
        places.saturating_mul(self.places.messages)
    }

    fn leave(&self, shop: &ShopId, left: Left, now: Instant) {
        let mut state = self.state();
        let Some(lane) = state.lanes.get(shop) else { return };
        let was_full = state.may_take(self.places, lane) == 0;
        state.taken = state.taken.saturating_sub(1);
        let Some(lane) = state.lanes.get_mut(shop) else { return };
        lane.taken = lane.taken.saturating_sub(1);
        match left {
            Left::Worked => lane.widen(self.places.all),
            Left::Paused(after) => {
                if after >= NARROWING_PAUSE {
                    lane.narrow();
                }
                lane.closed_until = lane.closed_until.max(Some(now + after));
            }
        }
        drop(state);
        if was_full {
            self.changed.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // It is never left half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// How many more places `lane` may take.
    fn may_take(&self, places: Places, lane: &Lane) -> usize {
        if lane.closed_until.is_some() {
            return 0;
        }
        let free = places.all.saturating_sub(self.taken);
        // A lane holds at most so many for each free one; of those that it takes now, none is free any more.
        let share = free.saturating_mul(TAKEN_FOR_FREE).saturating_sub(lane.taken) / (TAKEN_FOR_FREE + 1);
        let share = if lane.taken == 0 { share.max(1).min(free) } else { share };
        let own = lane.width.map_or(places.of_a_shop, |width| width.places.min(places.of_a_shop));
        share.min(own.saturating_sub(lane.taken))
    }
}

/// A place that is taken. It is left when this is dropped.
pub(crate) struct Place {
    lanes: Arc<Lanes>,
    shop: ShopId,
    left: Left,
}

impl Place {
    /// Leaves the place, telling how.
    pub(crate) fn leave(mut self, left: Left) {
        self.left = left;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lanes.leave(&self.shop, self.left, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use domain::ShopId;
    use futures_util::FutureExt as _;
    use tokio::time::Instant;

    use super::{Lanes, Left, Place, Places};

    fn lanes(all: usize) -> Arc<Lanes> {
        Arc::new(Lanes::new(Places { all, of_a_shop: usize::MAX, messages: 1 }))
    }

    fn shop(name: &str) -> ShopId {
        ShopId::new(name)
    }

    fn may_take(lanes: &Lanes, name: &str, now: Instant) -> usize {
        let allowance = lanes.allowance(now);
        allowance.shops.get(&shop(name)).copied().unwrap_or(allowance.others)
    }

    /// Takes all that `name` may take.
    fn fill(lanes: &Arc<Lanes>, name: &str) -> Vec<Place> {
        let wanted = may_take(lanes, name, Instant::now());
        (0..wanted).map(|_| lanes.enter(&shop(name))).collect()
    }

    #[test]
    fn whatever_some_shops_do_another_finds_places() {
        let lanes = lanes(1_000);
        let one = fill(&lanes, "one");
        assert_eq!(one.len(), 750);
        assert_eq!(may_take(&lanes, "one", Instant::now()), 0);
        let two = fill(&lanes, "two");
        assert_eq!((two.len(), fill(&lanes, "three").len()), (187, 47));
        drop(one);
        let more = may_take(&lanes, "two", Instant::now());
        assert!(more > 400, "what one leaves is for the others: {more}");
    }

    #[test]
    fn the_last_place_is_for_a_shop_that_has_none() {
        let lanes = lanes(2);
        let one = fill(&lanes, "one");
        assert_eq!((one.len(), fill(&lanes, "two").len()), (1, 1));
    }

    #[test]
    fn a_lane_without_a_turn_is_closed_and_narrowed_to_what_gets_one() {
        let (lanes, now) = (lanes(1_000), Instant::now());
        let mut places = fill(&lanes, "one");
        for place in places.split_off(20) {
            place.leave(Left::Paused(Duration::from_secs(60)));
        }
        assert_eq!(may_take(&lanes, "one", now), 0);
        assert!(lanes.opens_after(now).is_some_and(|after| after > Duration::from_secs(50)));
        assert_eq!(may_take(&lanes, "two", now), 735, "another shop's lane is open");
        let later = now + Duration::from_secs(61);
        assert_eq!(may_take(&lanes, "one", later), 0, "20 are under way still");
        drop(places);
        assert_eq!(
            may_take(&lanes, "one", later),
            30,
            "and each of them that was done made it a little wider"
        );
    }

    #[test]
    fn a_lane_that_is_closed_for_good_is_tried_with_one() {
        let lanes = lanes(1_000);
        lanes.enter(&shop("one")).leave(Left::Paused(Duration::from_secs(60)));
        assert_eq!(may_take(&lanes, "one", Instant::now() + Duration::from_secs(61)), 1);
    }

    #[test]
    fn a_refusal_now_and_then_narrows_nothing() {
        let (lanes, now) = (lanes(1_000), Instant::now());
        for _ in 0..100 {
            lanes.enter(&shop("one")).leave(Left::Paused(Duration::from_millis(10)));
        }
        assert_eq!(may_take(&lanes, "one", now + Duration::from_secs(1)), 750);
    }

    #[tokio::test]
    async fn who_waits_for_a_place_is_told() {
        let lanes = lanes(4);
        let mut places = fill(&lanes, "one");
        assert_eq!(lanes.changed().now_or_never(), None);
        places.pop();
        assert_eq!(lanes.changed().now_or_never(), Some(()));
    }

    #[test]
    fn a_shop_that_has_nothing_under_way_is_forgotten() {
        let lanes = lanes(1_000);
        drop(fill(&lanes, "one"));
        assert!(lanes.allowance(Instant::now()).shops.is_empty());
    }
}

//! How much each shop may have in progress at once, so that no shop keeps the others waiting.
//!
//! A queue has a number of slots, and each message or batch that is being worked on takes one. A shop may take a share of the
//! slots that are free, so that whatever one shop does, the others find some; the more shops are slow, the fewer each of them
//! holds. Messages that an account of the shop throttles are limited to what that account lets through, and left alone until it
//! takes calls again; what needs another account goes on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backend_sqlite::{Lane, LaneLimits};
use domain::ShopId;
use tokio::sync::Notify;
use tokio::time::Instant;
use workflow::Pause;

/// How many slots a shop may take for each one that it leaves free: alone, it gets up to three quarters of them.
const TAKEN_PER_FREE: usize = 3;
/// After this much work that was not throttled, the limit of a lane rises by one slot.
const WORK_PER_SLOT: usize = 2;
/// A pause of this length means that more work waits than the service takes; a shorter one is an ordinary refusal.
const LIMITING_PAUSE: Duration = Duration::from_millis(500);

/// The slots of a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SlotConfig {
    pub(crate) total: usize,
    /// The most that one shop may take.
    pub(crate) per_shop: usize,
    /// How many messages are worked on in one slot.
    pub(crate) messages_per_slot: usize,
}

/// The slots of one queue, and who has taken them.
pub(crate) struct FairSlots {
    state: Mutex<SlotState>,
    changed: Notify,
}

struct SlotState {
    config: SlotConfig,
    taken: usize,
    /// How many each shop has taken in all its lanes.
    of_shops: HashMap<ShopId, usize>,
    lanes: HashMap<Lane, LaneSlots>,
}

/// The slots of one lane.
struct LaneSlots {
    taken: usize,
    limit: Option<LaneLimit>,
    throttled_until: Option<Instant>,
}

/// The most slots that a throttled lane may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct LaneLimit {
    slots: usize,
    /// Work that was not throttled, since the limit last changed.
    work: usize,
}

impl LaneSlots {
    const NONE: Self = Self { taken: 0, limit: None, throttled_until: None };

    /// True when nothing of it has to be remembered.
    fn is_default(&self) -> bool {
        self.taken == 0 && self.limit.is_none() && self.throttled_until.is_none()
    }

    fn lower_limit(&mut self, in_progress: usize) {
        // What is in progress now is what the account takes. When little is in progress that says less, so the limit is at
        // most halved.
        let limit = self.limit.map_or(usize::MAX, |limit| limit.slots);
        let half = self.limit.map_or(0, |limit| limit.slots / 2);
        self.limit = Some(LaneLimit { slots: limit.min(in_progress.max(half)).max(1), work: 0 });
    }

    /// Raises the limit with the work that is done, until it limits nothing any more.
    fn raise_limit(&mut self, total: usize) {
        let Some(limit) = &mut self.limit else { return };
        limit.work += 1;
        if limit.work >= WORK_PER_SLOT {
            self.limit = Some(LaneLimit { slots: limit.slots + 1, work: 0 }).filter(|l| l.slots < total);
        }
    }
}

/// How the work in a slot ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SlotOutcome {
    /// It was done, or it failed.
    Worked,
    /// An account takes no call for it before this time has passed.
    Throttled(Pause),
}

impl FairSlots {
    pub(crate) fn new(config: SlotConfig) -> Self {
        let state = SlotState { config, taken: 0, of_shops: HashMap::new(), lanes: HashMap::new() };
        Self { state: Mutex::new(state), changed: Notify::new() }
    }

    /// Has this many slots from now on. Where more are taken, none is free until enough of them are given back.
    pub(crate) fn resize(&self, total: usize) {
        self.state().config.total = total;
    }

    /// How many messages of each lane may be received now.
    pub(crate) fn limits(&self, now: Instant) -> LaneLimits {
        let mut state = self.state();
        state.lanes.retain(|_, lane| {
            lane.throttled_until = lane.throttled_until.filter(|until| *until > now);
            !lane.is_default()
        });
        let messages = |slots: usize| slots.saturating_mul(state.config.messages_per_slot);
        let of_new_lane = |of_shop| messages(state.available_to(of_shop, &LaneSlots::NONE));
        let by_shop = state.of_shops.iter().map(|(shop, taken)| (shop.clone(), of_new_lane(*taken)));
        let by_lane = state.lanes.keys().map(|lane| (lane.clone(), messages(state.available(lane))));
        LaneLimits { default: of_new_lane(0), by_shop: by_shop.collect(), by_lane: by_lane.collect() }
    }

    /// How long until the first throttled lane may be worked for again.
    pub(crate) fn next_unthrottled_after(&self, now: Instant) -> Option<Duration> {
        let state = self.state();
        state.lanes.values().filter_map(|lane| lane.throttled_until).min().map(|until| until - now)
    }

    /// Takes a slot for work of `lane`, even beyond its limit: what was received is worked on.
    pub(crate) fn take(self: &Arc<Self>, lane: &Lane) -> Slot {
        let mut state = self.state();
        state.taken += 1;
        *state.of_shops.entry(lane.shop.clone()).or_default() += 1;
        state.lanes.entry(lane.clone()).or_insert(LaneSlots::NONE).taken += 1;
        Slot { slots: Arc::clone(self), lane: lane.clone(), outcome: SlotOutcome::Worked }
    }

    /// Returns when a lane that had no slot left has one again. It may return early.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn give_back(&self, id: &Lane, outcome: SlotOutcome, now: Instant) {
        let mut state = self.state();
        let was_full = state.available(id) == 0;
        let total = state.config.total;
        state.taken = state.taken.saturating_sub(1);
        if let Some(taken) = state.of_shops.get_mut(&id.shop) {
            *taken = taken.saturating_sub(1);
        }
        state.of_shops.retain(|_, taken| *taken > 0);
        let Some(lane) = state.lanes.get_mut(id) else { return };
        lane.taken = lane.taken.saturating_sub(1);
        let in_progress = lane.taken;
        match outcome {
            SlotOutcome::Worked => lane.raise_limit(total),
            SlotOutcome::Throttled(Pause { after, account }) => {
                // The message waits there from now on.
                let waiting = Lane { shop: id.shop.clone(), account };
                let waiting = state.lanes.entry(waiting).or_insert(LaneSlots::NONE);
                if after >= LIMITING_PAUSE {
                    waiting.lower_limit(in_progress);
                }
                waiting.throttled_until = waiting.throttled_until.max(Some(now + after));
            }
        }
        drop(state);
        if was_full {
            self.changed.notify_one();
        }
    }

    fn state(&self) -> MutexGuard<'_, SlotState> {
        // It is never left half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SlotState {
    /// How many more slots `lane` may take.
    fn available(&self, lane: &Lane) -> usize {
        let of_shop = self.of_shops.get(&lane.shop).copied().unwrap_or_default();
        self.available_to(of_shop, self.lanes.get(lane).unwrap_or(&LaneSlots::NONE))
    }

    /// How many more slots a lane may take whose shop has taken `of_shop`.
    fn available_to(&self, of_shop: usize, lane: &LaneSlots) -> usize {
        if lane.throttled_until.is_some() {
            return 0;
        }
        let free = self.config.total.saturating_sub(self.taken);
        // A shop holds at most TAKEN_PER_FREE slots for each free one, and those that it takes now are no longer free.
        let share = free.saturating_mul(TAKEN_PER_FREE).saturating_sub(of_shop) / (TAKEN_PER_FREE + 1);
        // Nor does one account of a shop keep the others from getting one.
        let share = if lane.taken == 0 { share.max(1).min(free) } else { share };
        let of_account = lane.limit.map_or(usize::MAX, |limit| limit.slots.saturating_sub(lane.taken));
        share.min(of_account).min(self.config.per_shop.saturating_sub(of_shop))
    }
}

/// A slot that is taken. It is given back when this is dropped.
pub(crate) struct Slot {
    slots: Arc<FairSlots>,
    lane: Lane,
    outcome: SlotOutcome,
}

impl Slot {
    /// Gives the slot back, with the outcome of the work.
    pub(crate) fn finish(mut self, outcome: SlotOutcome) {
        self.outcome = outcome;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let outcome = std::mem::replace(&mut self.outcome, SlotOutcome::Worked);
        self.slots.give_back(&self.lane, outcome, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use backend_sqlite::Lane;
    use domain::{AccountId, ShopId};
    use futures_util::FutureExt as _;
    use tokio::time::Instant;

    use super::{FairSlots, Slot, SlotConfig, SlotOutcome};
    use workflow::Pause;

    fn slots(total: usize) -> Arc<FairSlots> {
        Arc::new(FairSlots::new(SlotConfig { total, per_shop: usize::MAX, messages_per_slot: 1 }))
    }

    fn shop(name: &str) -> Lane {
        Lane::of(&ShopId::new(name))
    }

    fn carrier() -> AccountId {
        AccountId::default_of("carrier")
    }

    /// What of the shop waits for its carrier.
    fn at_carrier(name: &str) -> Lane {
        Lane { account: Some(carrier()), ..shop(name) }
    }

    fn throttled(after: Duration) -> SlotOutcome {
        SlotOutcome::Throttled(Pause { after, account: Some(carrier()) })
    }

    fn available(slots: &FairSlots, lane: &Lane, now: Instant) -> usize {
        slots.limits(now).of(lane)
    }

    /// Takes all that the lane may take.
    fn fill_lane(slots: &Arc<FairSlots>, lane: &Lane) -> Vec<Slot> {
        let wanted = available(slots, lane, Instant::now());
        (0..wanted).map(|_| slots.take(lane)).collect()
    }

    fn fill(slots: &Arc<FairSlots>, name: &str) -> Vec<Slot> {
        fill_lane(slots, &shop(name))
    }

    #[test]
    fn whatever_some_shops_do_another_finds_slots() {
        let slots = slots(1_000);
        let one = fill(&slots, "one");
        assert_eq!(one.len(), 750);
        assert_eq!(available(&slots, &shop("one"), Instant::now()), 0);
        let two = fill(&slots, "two");
        assert_eq!((two.len(), fill(&slots, "three").len()), (187, 47));
        drop(one);
        let more = available(&slots, &shop("two"), Instant::now());
        assert!(more > 400, "what one gives back is for the others: {more}");
    }

    #[test]
    fn the_last_slot_is_for_a_shop_that_has_none() {
        let slots = slots(2);
        let one = fill(&slots, "one");
        assert_eq!((one.len(), fill(&slots, "two").len()), (1, 1));
    }

    #[test]
    fn what_an_account_throttles_waits_and_is_limited_to_what_it_takes() {
        let (slots, now) = (slots(1_000), Instant::now());
        let one = at_carrier("one");
        let mut taken = fill_lane(&slots, &one);
        for slot in taken.split_off(20) {
            slot.finish(throttled(Duration::from_secs(60)));
        }
        assert_eq!(available(&slots, &one, now), 0);
        assert!(slots.next_unthrottled_after(now).is_some_and(|after| after > Duration::from_secs(50)));
        assert_eq!(available(&slots, &at_carrier("two"), now), 735, "another shop is not throttled");
        let later = now + Duration::from_secs(61);
        assert_eq!(available(&slots, &one, later), 0, "20 are still in progress");
        drop(taken);
        assert_eq!(available(&slots, &one, later), 30, "and each of them that was done raised the limit");
    }

    #[test]
    fn what_needs_another_account_of_the_shop_goes_on() {
        let (slots, now) = (slots(1_000), Instant::now());
        let mut first = fill(&slots, "one");
        first.pop().unwrap().finish(throttled(Duration::from_secs(600)));
        drop(first);
        assert_eq!(available(&slots, &at_carrier("one"), now), 0);
        assert_eq!(available(&slots, &shop("one"), now), 750);
        let platform = Lane { account: Some(AccountId::platform()), ..shop("one") };
        assert_eq!(available(&slots, &platform, now), 750);
    }

    #[test]
    fn the_accounts_of_a_shop_share_what_it_may_take() {
        let slots = slots(1_000);
        let held = fill(&slots, "one");
        assert_eq!((held.len(), fill_lane(&slots, &at_carrier("one")).len()), (750, 1));
        assert_eq!(fill(&slots, "two").len(), 187);
    }

    #[test]
    fn an_account_that_stays_throttled_is_tried_with_one_slot() {
        let slots = slots(1_000);
        slots.take(&at_carrier("one")).finish(throttled(Duration::from_secs(60)));
        assert_eq!(available(&slots, &at_carrier("one"), Instant::now() + Duration::from_secs(61)), 1);
    }

    #[test]
    fn an_occasional_refusal_lowers_no_limit() {
        let (slots, now) = (slots(1_000), Instant::now());
        for _ in 0..100 {
            slots.take(&at_carrier("one")).finish(throttled(Duration::from_millis(10)));
        }
        assert_eq!(available(&slots, &at_carrier("one"), now + Duration::from_secs(1)), 750);
    }

    #[test]
    fn slots_follow_the_room_that_there_is() {
        let slots = slots(1_000);
        let mut one = fill(&slots, "one");
        slots.resize(100);
        assert_eq!(fill(&slots, "two").len(), 0, "750 are still taken");
        one.truncate(75);
        assert_eq!(fill(&slots, "two").len(), 18);
        slots.resize(2_000);
        assert_eq!(fill(&slots, "two").len(), 1_443);
    }

    #[tokio::test]
    async fn who_waits_for_a_slot_is_woken() {
        let slots = slots(4);
        let mut taken = fill(&slots, "one");
        assert_eq!(slots.changed().now_or_never(), None);
        taken.pop();
        assert_eq!(slots.changed().now_or_never(), Some(()));
    }

    #[test]
    fn a_shop_that_has_nothing_in_progress_is_forgotten() {
        let slots = slots(1_000);
        drop(fill(&slots, "one"));
        let limits = slots.limits(Instant::now());
        assert!(limits.by_lane.is_empty() && limits.by_shop.is_empty());
    }
}

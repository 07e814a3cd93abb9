//! How much each shop may have in progress at once, so that no shop keeps the others waiting.
//!
//! A queue has a number of slots, and each message or batch that is being worked on takes one. A shop may take a share of the
//! slots that are free, so that whatever one shop does, the others find some; the more shops are slow, the fewer each of them
//! holds. A shop whose messages are throttled by an outside service is limited to what that service lets through, and left
//! alone until it takes calls again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use backend_sqlite::ShopLimits;
use domain::ShopId;
use tokio::sync::Notify;
use tokio::time::Instant;

/// How many slots a shop may take for each one that it leaves free: alone, it gets up to three quarters of them.
const TAKEN_PER_FREE: usize = 3;
/// After this much work that was not throttled, the limit of a shop rises by one slot.
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
    config: SlotConfig,
    state: Mutex<SlotState>,
    changed: Notify,
}

#[derive(Default)]
struct SlotState {
    taken: usize,
    shops: HashMap<ShopId, ShopSlots>,
}

/// The slots of one shop.
struct ShopSlots {
    taken: usize,
    limit: Option<ShopLimit>,
    throttled_until: Option<Instant>,
}

/// The most slots that a throttled shop may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ShopLimit {
    slots: usize,
    /// Work that was not throttled, since the limit last changed.
    work: usize,
}

impl ShopSlots {
    const NONE: Self = Self { taken: 0, limit: None, throttled_until: None };

    /// True when nothing of it has to be remembered.
    fn is_default(&self) -> bool {
        self.taken == 0 && self.limit.is_none() && self.throttled_until.is_none()
    }

    fn lower_limit(&mut self) {
        // What is in progress now is what the service takes. When little is in progress that says less, so the limit is at
        // most halved.
        let limit = self.limit.map_or(usize::MAX, |limit| limit.slots);
        let half = self.limit.map_or(0, |limit| limit.slots / 2);
        self.limit = Some(ShopLimit { slots: limit.min(self.taken.max(half)).max(1), work: 0 });
    }

    /// Raises the limit with the work that is done, until it limits nothing any more.
    fn raise_limit(&mut self, total: usize) {
        let Some(limit) = &mut self.limit else { return };
        limit.work += 1;
        if limit.work >= WORK_PER_SLOT {
            self.limit = Some(ShopLimit { slots: limit.slots + 1, work: 0 }).filter(|l| l.slots < total);
        }
    }
}

/// How the work in a slot ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SlotOutcome {
    /// It was done, or it failed.
    Worked,
    /// An outside service takes no call for it before this time has passed.
    Throttled(Duration),
}

impl FairSlots {
    pub(crate) fn new(config: SlotConfig) -> Self {
        Self { config, state: Mutex::default(), changed: Notify::new() }
    }

    /// How many messages of each shop may be received now.
    pub(crate) fn limits(&self, now: Instant) -> ShopLimits {
        let mut state = self.state();
        state.shops.retain(|_, shop| {
            shop.throttled_until = shop.throttled_until.filter(|until| *until > now);
            !shop.is_default()
        });
        let messages = |shop| {
            let slots = state.available(self.config, shop);
            slots.saturating_mul(self.config.messages_per_slot)
        };
        ShopLimits {
            default: messages(&ShopSlots::NONE),
            by_shop: state.shops.iter().map(|(id, shop)| (id.clone(), messages(shop))).collect(),
        }
    }

    /// How long until the first throttled shop may be worked for again.
    pub(crate) fn next_unthrottled_after(&self, now: Instant) -> Option<Duration> {
        let state = self.state();
        state.shops.values().filter_map(|shop| shop.throttled_until).min().map(|until| until - now)
    }

    /// Takes a slot for work of `shop`, even beyond its limit: what was received is worked on.
    pub(crate) fn take(self: &Arc<Self>, shop: &ShopId) -> Slot {
        let mut state = self.state();
        state.taken += 1;
        state.shops.entry(shop.clone()).or_insert(ShopSlots::NONE).taken += 1;
        Slot { slots: Arc::clone(self), shop: shop.clone(), outcome: SlotOutcome::Worked }
    }

    /// Returns when a shop that had no slot left has one again. It may return early.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn give_back(&self, id: &ShopId, outcome: SlotOutcome, now: Instant) {
        let mut state = self.state();
        let Some(shop) = state.shops.get(id) else { return };
        let was_full = state.available(self.config, shop) == 0;
        state.taken = state.taken.saturating_sub(1);
        let Some(shop) = state.shops.get_mut(id) else { return };
        shop.taken = shop.taken.saturating_sub(1);
        match outcome {
            SlotOutcome::Worked => shop.raise_limit(self.config.total),
            SlotOutcome::Throttled(after) => {
                if after >= LIMITING_PAUSE {
                    shop.lower_limit();
                }
                shop.throttled_until = shop.throttled_until.max(Some(now + after));
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
    /// How many more slots `shop` may take.
    fn available(&self, config: SlotConfig, shop: &ShopSlots) -> usize {
        if shop.throttled_until.is_some() {
            return 0;
        }
        let free = config.total.saturating_sub(self.taken);
        // A shop holds at most TAKEN_PER_FREE slots for each free one, and those that it takes now are no longer free.
        let share = free.saturating_mul(TAKEN_PER_FREE).saturating_sub(shop.taken) / (TAKEN_PER_FREE + 1);
        let share = if shop.taken == 0 { share.max(1).min(free) } else { share };
        let own = shop.limit.map_or(config.per_shop, |limit| limit.slots.min(config.per_shop));
        share.min(own.saturating_sub(shop.taken))
    }
}

/// A slot that is taken. It is given back when this is dropped.
pub(crate) struct Slot {
    slots: Arc<FairSlots>,
    shop: ShopId,
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
        self.slots.give_back(&self.shop, self.outcome, Instant::now());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use domain::ShopId;
    use futures_util::FutureExt as _;
    use tokio::time::Instant;

    use super::{FairSlots, Slot, SlotConfig, SlotOutcome};

    fn slots(total: usize) -> Arc<FairSlots> {
        Arc::new(FairSlots::new(SlotConfig { total, per_shop: usize::MAX, messages_per_slot: 1 }))
    }

    fn shop(name: &str) -> ShopId {
        ShopId::new(name)
    }

    fn available(slots: &FairSlots, name: &str, now: Instant) -> usize {
        let limits = slots.limits(now);
        limits.by_shop.get(&shop(name)).copied().unwrap_or(limits.default)
    }

    /// Takes all that `name` may take.
    fn fill(slots: &Arc<FairSlots>, name: &str) -> Vec<Slot> {
        let wanted = available(slots, name, Instant::now());
        (0..wanted).map(|_| slots.take(&shop(name))).collect()
    }

    #[test]
    fn whatever_some_shops_do_another_finds_slots() {
        let slots = slots(1_000);
        let one = fill(&slots, "one");
        assert_eq!(one.len(), 750);
        assert_eq!(available(&slots, "one", Instant::now()), 0);
        let two = fill(&slots, "two");
        assert_eq!((two.len(), fill(&slots, "three").len()), (187, 47));
        drop(one);
        let more = available(&slots, "two", Instant::now());
        assert!(more > 400, "what one gives back is for the others: {more}");
    }

    #[test]
    fn the_last_slot_is_for_a_shop_that_has_none() {
        let slots = slots(2);
        let one = fill(&slots, "one");
        assert_eq!((one.len(), fill(&slots, "two").len()), (1, 1));
    }

    #[test]
    fn a_throttled_shop_waits_and_is_limited_to_what_the_service_takes() {
        let (slots, now) = (slots(1_000), Instant::now());
        let mut taken = fill(&slots, "one");
        for slot in taken.split_off(20) {
            slot.finish(SlotOutcome::Throttled(Duration::from_secs(60)));
        }
        assert_eq!(available(&slots, "one", now), 0);
        assert!(slots.next_unthrottled_after(now).is_some_and(|after| after > Duration::from_secs(50)));
        assert_eq!(available(&slots, "two", now), 735, "another shop is not throttled");
        let later = now + Duration::from_secs(61);
        assert_eq!(available(&slots, "one", later), 0, "20 are still in progress");
        drop(taken);
        assert_eq!(available(&slots, "one", later), 30, "and each of them that was done raised the limit");
    }

    #[test]
    fn a_shop_that_stays_throttled_is_tried_with_one_slot() {
        let slots = slots(1_000);
        slots.take(&shop("one")).finish(SlotOutcome::Throttled(Duration::from_secs(60)));
        assert_eq!(available(&slots, "one", Instant::now() + Duration::from_secs(61)), 1);
    }

    #[test]
    fn an_occasional_refusal_lowers_no_limit() {
        let (slots, now) = (slots(1_000), Instant::now());
        for _ in 0..100 {
            slots.take(&shop("one")).finish(SlotOutcome::Throttled(Duration::from_millis(10)));
        }
        assert_eq!(available(&slots, "one", now + Duration::from_secs(1)), 750);
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
        assert!(slots.limits(Instant::now()).by_shop.is_empty());
    }
}

//! Whether alarms reach anybody. That they do not becomes an exception of the shop, and a log line for the operator.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::alarm::{Alarm, AlarmKind, REPEATED_AFTER};
use domain::shop::Shop;
use domain::{OrderKey, ShopId, Timestamp};
use workflow::{Change, StepError, error_chain, update_shop};

use crate::DeadlineAlarm;

/// What a sweep learned of whether alarms reach anybody, by shop. Alarms are sent side by side, hence the lock.
#[derive(Default)]
pub(crate) struct DeliveryWatch(Mutex<BTreeMap<ShopId, ShopDeliveries>>);

#[derive(Default)]
struct ShopDeliveries {
    /// An alarm that had reached nobody did so in the end.
    has_recovered: bool,
    /// How many alarms have reached nobody.
    undelivered: usize,
    /// Why the last of them did not.
    why: String,
}

impl DeliveryWatch {
    /// Records an alarm that has reached nobody.
    pub(crate) fn note(&self, alarm: &Alarm, now: Timestamp) {
        let Some(why) = alarm.undelivered(now) else { return };
        self.change(alarm, |deliveries| {
            deliveries.undelivered += 1;
            deliveries.why = format!("{}, {why}", alarm.kind.name());
        });
    }

    /// Records that an alarm which had reached nobody has reached somebody now.
    pub(crate) fn note_recovered(&self, alarm: &Alarm) {
        self.change(alarm, |deliveries| deliveries.has_recovered = true);
    }

    fn change(&self, alarm: &Alarm, change: impl FnOnce(&mut ShopDeliveries)) {
        change(self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(alarm.shop.clone()).or_default());
    }
}

impl DeadlineAlarm {
    /// Brings an alarm that is being sent up to date: messages that nobody waits for any more expire, and when it has been
    /// in sending for long, whether it still has something to tell. False when it has not.
    pub(crate) async fn refresh(&self, alarm: &mut Alarm, now: Timestamp) -> bool {
        let recipients = &self.settings.for_shop(&alarm.shop).recipients;
        alarm.expire(recipients, now);
        if !alarm.is_overdue(now) || self.still_tells(alarm, now).await {
            return true;
        }
        // An exception that opens again within this time is not raised anew, so its alarm must be there.
        let may_come_back = matches!(alarm.kind, AlarmKind::Exception(_))
            && !alarm.is_delivered()
            && now.duration_since(alarm.minute) < REPEATED_AFTER;
        if may_come_back {
            alarm.snooze(now);
        } else {
            alarm.cancel();
        }
        false
    }

    /// True while the alarm has something to tell of its shop or of one of its orders. A record that cannot be read may have.
    async fn still_tells(&self, alarm: &Alarm, now: Timestamp) -> bool {
        if alarm.orders.is_empty() {
            let shop = self.shops.load_shop(&alarm.shop).await;
            return shop.map_or(true, |shop| shop.is_some_and(|shop| shop.value.still_tells(alarm.kind)));
        }
        for order in &alarm.orders {
            let stored = self.orders.load_order(&OrderKey::new(alarm.shop.clone(), order.clone())).await;
            let still = stored.map_or(true, |stored| {
                stored.is_some_and(|stored| stored.value.still_tells(alarm.kind, &alarm.id, now))
            });
            if still {
                return true;
            }
        }
        false
    }

    /// Opens and closes the exceptions that say that alarms reach nobody. Returns how many shops could not be changed.
    pub(crate) async fn store_deliveries(&self, watch: DeliveryWatch, shops: &[Shop]) -> usize {
        let now = self.clock.now();
        let mut by_shop = watch.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for shop in shops.iter().filter(|shop| shop.is_told_again(now)) {
            by_shop.entry(shop.id.clone()).or_default().has_recovered = true;
        }
        let mut failed = 0;
        for (id, deliveries) in by_shop {
            if deliveries.undelivered > 0 {
                tracing::error!(
                    undelivered = true, shop = %id, alarms = deliveries.undelivered, why = deliveries.why,
                    "nobody was notified of an alarm"
                );
            }
            if let Err(error) = self.store_shop_deliveries(&id, &deliveries, now).await {
                tracing::error!(shop = %id, error = error_chain(&error), "shop can't be updated");
                failed += 1;
            }
        }
        failed
    }

    async fn store_shop_deliveries(
        &self,
        id: &ShopId,
        deliveries: &ShopDeliveries,
        now: Timestamp,
    ) -> Result<(), StepError> {
        update_shop(&*self.shops, id, |shop| {
            if deliveries.undelivered > 0 {
                shop.alarm_is_untold(&deliveries.why, now);
            } else {
                shop.alarm_was_told(now);
            }
            Ok(Change::Commit(()))
        })
        .await
    }
}

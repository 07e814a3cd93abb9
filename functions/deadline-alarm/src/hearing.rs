//! Whether people hear of what is told: that nobody does becomes an exception of the shop, and a line for the operator.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::alarm::{Alarm, AlarmKind, REPEATED_AFTER};
use domain::shop::Shop;
use domain::{OrderKey, ShopId, Timestamp};
use workflow::{StepError, error_chain, update_shop};

use crate::DeadlineAlarm;

/// What a sweep learnt of whether people hear, by shop.
#[derive(Default)]
pub(crate) struct Hearing(Mutex<BTreeMap<ShopId, Heard>>);

#[derive(Default)]
struct Heard {
    /// An alarm that had reached nobody was told.
    told: bool,
    /// How many alarms have reached nobody, and why the last one.
    undelivered: usize,
    why: String,
}

impl Hearing {
    /// Notes whether `alarm` has reached anybody now; `was_untold` says that it had not before.
    pub(crate) fn note(&self, alarm: Option<&Alarm>, was_untold: bool, now: Timestamp) {
        let Some(alarm) = alarm else { return };
        let undelivered = alarm.undelivered(now);
        let told = was_untold && alarm.is_delivered();
        if undelivered.is_none() && !told {
            return;
        }
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let heard = all.entry(alarm.shop.clone()).or_default();
        heard.told |= told;
        if let Some(why) = undelivered {
            heard.undelivered += 1;
            heard.why = format!("{}, {why}", alarm.kind.name());
        }
    }
}

impl DeadlineAlarm {
    /// Sees to an alarm that is being told: what nobody waits for any more is given up, and when it is long in telling,
    /// whether it still has something to tell. False when it has not.
    pub(crate) async fn take_up(&self, alarm: &mut Alarm, now: Timestamp) -> bool {
        let recipients = &self.settings.for_shop(&alarm.shop).recipients;
        alarm.expire(recipients, now);
        if !alarm.is_overdue(now) || self.still_tells(alarm, now).await {
            return true;
        }
        // An exception that opens again within this time is not raised anew.
        let may_come_back = matches!(alarm.kind, AlarmKind::Exception(_))
            && !alarm.is_delivered()
            && now.duration_since(alarm.minute) < REPEATED_AFTER;
        match may_come_back {
            true => alarm.snooze(now),
            false => alarm.cancel(),
        }
        false
    }

    /// True while the alarm has something to tell of its shop or of one of its orders. What can't be read may have.
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

    /// Opens and closes the exceptions that say that nobody is told. Returns how many shops can't be changed.
    pub(crate) async fn note(&self, hearing: Hearing, shops: &[Shop]) -> usize {
        let now = self.clock.now();
        let mut heard = hearing.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for shop in shops.iter().filter(|shop| shop.is_told_again(now)) {
            heard.entry(shop.id.clone()).or_default().told = true;
        }
        let mut failed = 0;
        for (id, heard) in heard {
            if heard.undelivered > 0 {
                tracing::error!(
                    undelivered = true, shop = %id, alarms = heard.undelivered, why = heard.why, "nobody was told of an alarm"
                );
            }
            if let Err(error) = self.note_shop(&id, &heard, now).await {
                tracing::error!(shop = %id, error = error_chain(&error), "shop can't be changed");
                failed += 1;
            }
        }
        failed
    }

    async fn note_shop(&self, id: &ShopId, heard: &Heard, now: Timestamp) -> Result<(), StepError> {
        update_shop(&*self.shops, id, |shop| {
            match heard.undelivered {
                0 => shop.alarm_was_told(now),
                _ => shop.alarm_is_untold(&heard.why, now),
            }
            Ok(Some(()))
        })
        .await?;
        Ok(())
    }
}

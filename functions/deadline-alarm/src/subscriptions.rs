//! A service may accept an e-mail that it has nobody to deliver to: the recipients in the settings are compared with those
//! who have confirmed their subscription.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use domain::recipient::Recipient;
use domain::shop::Shop;
use domain::{RecipientId, Timestamp};
use jiff::SignedDuration;
use workflow::{Change, error_chain, update_shop};

use crate::DeadlineAlarm;

/// How often they are compared when all is well.
const EVERY: SignedDuration = SignedDuration::from_hours(6);
/// How often while somebody is missing: the operator's alarm lasts only as long as the log line repeats.
const EVERY_WHILE_MISSING: SignedDuration = SignedDuration::from_mins(10);

/// When they are compared next. The first sweep of a process compares them.
#[derive(Default)]
pub(crate) struct Subscriptions(Mutex<Option<Timestamp>>);

impl Subscriptions {
    fn is_due(&self, now: Timestamp) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_none_or(|at| at <= now)
    }

    fn set_next(&self, at: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(at);
    }
}

impl DeadlineAlarm {
    /// Shows, for each shop, which of its recipients has no confirmed subscription. Returns how much of that
    /// failed.
    pub(crate) async fn compare_subscriptions(&self, shops: &[Shop]) -> usize {
        let now = self.clock.now();
        if !self.subscriptions.is_due(now) {
            return 0;
        }
        let mut all = BTreeSet::new();
        for shop in shops {
            all.extend(self.email_recipients(shop).map(|recipient| recipient.id.clone()));
        }
        let all: Vec<RecipientId> = all.into_iter().collect();
        let missing = if all.is_empty() { Ok(Vec::new()) } else { self.notifier.unsubscribed(&all).await };
        let pause = if missing.as_ref().is_ok_and(Vec::is_empty) { EVERY } else { EVERY_WHILE_MISSING };
        self.subscriptions.set_next(now.saturating_add(pause).unwrap_or(Timestamp::MAX));
        let missing = match missing {
            Ok(missing) => missing,
            Err(error) => {
                tracing::error!(error = error_chain(&error), "alarm subscriptions can't be read");
                return 1;
            }
        };
        for recipient in &missing {
            tracing::error!(undelivered = true, %recipient, "recipient has no confirmed subscription");
        }
        let mut failed = 0;
        for shop in shops {
            let of_shop = || -> Vec<&Recipient> {
                self.email_recipients(shop).filter(|recipient| missing.contains(&recipient.id)).collect()
            };
            let changed = update_shop(&*self.shops, &shop.id, |shop| {
                Ok(Change::commit_if(shop.show_unsubscribed(&of_shop(), now)))
            });
            if let Err(error) = changed.await {
                tracing::error!(shop = %shop.id, error = error_chain(&error), "shop can't be updated");
                failed += 1;
            }
        }
        failed
    }

    fn email_recipients(&self, shop: &Shop) -> impl Iterator<Item = &Recipient> {
        self.settings.for_shop(&shop.id).recipients.iter().filter(|recipient| recipient.has_email())
    }
}

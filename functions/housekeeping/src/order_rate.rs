//! A shop's order_rate of orders is learnt hour by hour, by TikTok's own count; a shop that is silent against it is told.

use domain::Timestamp;
use domain::exception::ExceptionKind;
use domain::order_rate::{OrderRate, is_silent};
use domain::shop::{Authorization, Shop};
use jiff::SignedDuration;
use tiktok::{OrderSearch, ShopAccess};
use workflow::update_shop;

use crate::chores::show;
use crate::{ChoreError, Housekeeping};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// The most hours that one run makes up: after a longer pause the order_rate goes on from now.
const HOURS_MAX: usize = 24;

impl Housekeeping {
    /// Learns the hours that have passed, and looks whether the shop is silent.
    pub(crate) async fn learn(&self, shop: &Shop) -> Result<(), ChoreError> {
        if shop.authorization != Authorization::Granted {
            return Ok(());
        }
        let access = ShopAccess::from(shop);
        let now = self.clock.now();
        let this_hour = floor_to_hour(now);
        let begin = shop.monitor.learnt_until.unwrap_or(this_hour);
        let begin = begin.max(before(this_hour, HOURS_MAX));
        let mut learnt = Vec::new();
        let mut hour = begin;
        while hour < this_hour {
            let end = hour.saturating_add(HOUR).unwrap_or(Timestamp::MAX);
            match self.count(&access, hour, Some(end)).await {
                Ok(Some(count)) => learnt.push((hour, u32::try_from(count).unwrap_or(u32::MAX))),
                Ok(None) => break,
                // The order that is shown with the count can't be read: the hour is not learnt.
                Err(ChoreError::TikTok(error)) if error.is_broken_answer() => {}
                Err(error) => return Err(error),
            }
            hour = end;
        }
        let until = hour;
        let newest = learnt.iter().rev().find(|(_, count)| *count > 0);
        let newest = newest.map(|(hour, _)| hour.saturating_add(HOUR).unwrap_or(Timestamp::MAX));
        let mut watch = shop.monitor.clone();
        learn_from(shop, &mut watch.order_rate, &learnt);
        let last = watch.newest_order_at.max(newest);
        let silence = last.and_then(|last| is_silent(&watch.order_rate, last, now));
        // What we have not heard of TikTok may know.
        let silence = match (silence, last) {
            (Some(silence), Some(last)) => {
                // TikTok counts whole seconds and the first one too: the last order itself is none of those since.
                let after = last.saturating_add(SECOND).unwrap_or(Timestamp::MAX);
                let since_then = self.count(&access, after, None).await?;
                (since_then == Some(0)).then_some(silence)
            }
            _ => None,
        };
        update_shop(&*self.shops, &shop.id, |shop| {
            let stored = shop.clone();
            // Should another run have learnt them meanwhile, they are not learnt twice.
            if shop.monitor.learnt_until.unwrap_or(begin) <= begin {
                let mut order_rate = std::mem::take(&mut shop.monitor.order_rate);
                learn_from(shop, &mut order_rate, &learnt);
                shop.monitor.order_rate = order_rate;
                shop.monitor.learnt_until = Some(until);
            }
            shop.monitor.newest_order_at = shop.monitor.newest_order_at.max(newest);
            show(shop, ExceptionKind::NoNewOrders, silence.is_some(), now, || match &silence {
                Some(silence) => format!(
                    "No order since {}; about {} are usual in that time.",
                    silence.since.strftime("%Y-%m-%d %H:%M UTC"),
                    silence.expected
                ),
                None => String::new(),
            });
            Ok((*shop != stored).then_some(()))
        })
        .await?;
        Ok(())
    }

    /// How many orders were created from `from` on, if TikTok says.
    async fn count(
        &self,
        access: &ShopAccess,
        from: Timestamp,
        to: Option<Timestamp>,
    ) -> Result<Option<u64>, ChoreError> {
        let search = OrderSearch {
            create_time_ge: Some(from),
            create_time_lt: to,
            page_size: 1,
            ..OrderSearch::default()
        };
        Ok(self.tiktok.search_orders(access, &search).await?.total_count)
    }
}

/// Hours in which the shop was told to be silent are left out: an outage is no order_rate.
fn learn_from(shop: &Shop, order_rate: &mut OrderRate, hours: &[(Timestamp, u32)]) {
    let silent = shop.open_exceptions().any(|exception| exception.kind == ExceptionKind::NoNewOrders);
    for (hour, count) in hours.iter().filter(|(_, count)| !silent || *count > 0) {
        order_rate.learn(*hour, *count);
    }
}

fn floor_to_hour(at: Timestamp) -> Timestamp {
    let seconds = at.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(3_600)).unwrap_or(at)
}

fn before(at: Timestamp, hours: usize) -> Timestamp {
    let hours = i64::try_from(hours).unwrap_or(i64::MAX);
    at.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(Timestamp::MIN)
}

//! A shop's usual rate of orders is learned hour by hour, from TikTok's own count. A shop that gets none although orders are
//! usual is shown.

use domain::Timestamp;
use domain::exception::ExceptionKind;
use domain::order_rate::{OrderRate, is_silent};
use domain::shop::{Authorization, Shop};
use jiff::SignedDuration;
use tiktok::{OrderSearch, ShopAccess};
use workflow::{CallError, Change, update_shop};

use crate::Housekeeping;
use crate::chores::show;

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// The most hours that one run catches up on: after a longer pause, learning starts again from now.
const HOURS_MAX: usize = 24;

/// The hours that one run has learned.
struct LearnedHours {
    from: Timestamp,
    until: Timestamp,
    /// Orders by hour, without the hours that TikTok's answers left unknown.
    counts: Vec<(Timestamp, u32)>,
}

impl Housekeeping {
    /// Learns the hours that have passed, and checks whether the shop has gone silent.
    pub(crate) async fn learn_order_rate(&self, shop: &Shop) -> Result<(), CallError> {
        // Nothing can be counted without an authorization.
        if shop.authorization != Authorization::Granted {
            return Ok(());
        }
        let access = ShopAccess::from(shop);
        let now = self.clock.now();
        let learned = self.count_hours(shop, &access, now).await?;
        let newest = learned.counts.iter().rev().find(|(_, count)| *count > 0);
        let newest = newest.map(|(hour, _)| hour.saturating_add(HOUR).unwrap_or(Timestamp::MAX));
        let mut order_rate = shop.monitor.order_rate.clone();
        learn(shop, &mut order_rate, &learned.counts);
        let last = shop.monitor.newest_order_at.max(newest);
        let silence = last.and_then(|last| is_silent(&order_rate, last, now));
        // TikTok may have orders whose webhooks never reached us: only its own count proves the silence.
        let silence = match (silence, last) {
            (Some(silence), Some(last)) => {
                // TikTok counts by whole seconds and includes the first, so the last order itself must lie before it.
                let after = last.saturating_add(SECOND).unwrap_or(Timestamp::MAX);
                let since_then = self.count(&access, after, None).await?;
                (since_then == Some(0)).then_some(silence)
            }
            _ => None,
        };
        let detail = silence.map(|silence| {
            format!(
                "No order since {}; about {} are usual in that time.",
                silence.since.strftime("%Y-%m-%d %H:%M UTC"),
                silence.expected
            )
        });
        update_shop(&*self.shops, &shop.id, |shop| {
            let before = shop.clone();
            // Another run may have learned these hours meanwhile: they count once.
            if shop.monitor.learnt_until.unwrap_or(learned.from) <= learned.from {
                let mut order_rate = std::mem::take(&mut shop.monitor.order_rate);
                learn(shop, &mut order_rate, &learned.counts);
                shop.monitor.order_rate = order_rate;
                shop.monitor.learnt_until = Some(learned.until);
            }
            shop.monitor.newest_order_at = shop.monitor.newest_order_at.max(newest);
            show(shop, ExceptionKind::NoNewOrders, detail.clone(), now);
            Ok(Change::commit_if(*shop != before))
        })
        .await?;
        Ok(())
    }

    /// Counts the orders of every full hour that the shop's rate does not include yet.
    async fn count_hours(
        &self,
        shop: &Shop,
        access: &ShopAccess,
        now: Timestamp,
    ) -> Result<LearnedHours, CallError> {
        let this_hour = floor_to_hour(now);
        let from = shop.monitor.learnt_until.unwrap_or(this_hour).max(before(this_hour, HOURS_MAX));
        let mut counts = Vec::new();
        let mut hour = from;
        while hour < this_hour {
            let end = hour.saturating_add(HOUR).unwrap_or(Timestamp::MAX);
            match self.count(access, hour, Some(end)).await {
                Ok(Some(count)) => counts.push((hour, u32::try_from(count).unwrap_or(u32::MAX))),
                // TikTok gives no count now: the next run asks for this hour again.
                Ok(None) => break,
                // The order on the page that carries the count cannot be read: the hour stays unknown.
                Err(CallError::TikTok(error)) if error.is_broken_answer() => {}
                Err(error) => return Err(error),
            }
            hour = end;
        }
        Ok(LearnedHours { from, until: hour, counts })
    }

    /// How many orders were created from `from` on; `None` where TikTok gives no count.
    async fn count(
        &self,
        access: &ShopAccess,
        from: Timestamp,
        to: Option<Timestamp>,
    ) -> Result<Option<u64>, CallError> {
        let search = OrderSearch {
            create_time_ge: Some(from),
            create_time_lt: to,
            page_size: 1,
            ..OrderSearch::default()
        };
        Ok(self.tiktok.search_orders(access, &search).await?.total_count)
    }
}

/// Adds the hours to the rate. While the shop is shown as silent, hours without orders are left out: an outage must not
/// become the usual.
fn learn(shop: &Shop, order_rate: &mut OrderRate, hours: &[(Timestamp, u32)]) {
    let is_silent = shop.open_exceptions().any(|exception| exception.kind == ExceptionKind::NoNewOrders);
    for (hour, count) in hours.iter().filter(|(_, count)| !is_silent || *count > 0) {
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

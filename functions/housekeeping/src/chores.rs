//! What is looked at without asking much: webhooks, dead letters, tokens.

use domain::exception::ExceptionKind;
use domain::message::ChangeSource;
use domain::shop::{Authorization, Shop};
use domain::{OrderKey, Timestamp};
use jiff::SignedDuration;
use tiktok::Class;
use workflow::{error_chain, mark_unauthorized, update_shop};

use crate::{ChoreError, Dead, Housekeeping};

/// Webhooks that are missed for so long are told: a single one may be late.
const WEBHOOKS_MISSED: SignedDuration = SignedDuration::from_mins(10);
/// Tokens that can't be renewed for so long are told: TikTok may be down for a moment.
const TOKENS_FAILING: SignedDuration = SignedDuration::from_mins(15);
/// An authorisation that ends so soon is told, as TikTok's own webhook does ("30 days before expiry").
const ENDING: SignedDuration = SignedDuration::from_hours(24 * 30);

impl Housekeeping {
    /// Lets a shop wait that the operator's list does not name, and one go on that it names now.
    pub(crate) async fn apply_list(&self, shop: &Shop) -> Result<(), ChoreError> {
        let is_allowed = self.settings.allows(&shop.id);
        if !shop.clone().apply_list(is_allowed, self.clock.now()) {
            return Ok(());
        }
        let now = self.clock.now();
        update_shop(&*self.shops, &shop.id, |shop| Ok(shop.apply_list(is_allowed, now).then_some(())))
            .await?;
        tracing::warn!(shop = %shop.id, is_allowed, "list of allowed shops has changed");
        Ok(())
    }

    /// Shows webhooks that do not come and messages that were given up; has orders read again that could not be read; mends
    /// what a clock that was ahead has stored.
    pub(crate) async fn look(&self, shop: &Shop, dead: &Dead) -> Result<(), ChoreError> {
        let now = self.clock.now();
        let mut unread = Vec::new();
        update_shop(&*self.shops, &shop.id, |shop| {
            let before = shop.clone();
            shop.mend_times(now);
            shop.judge_app(now);
            unread = shop.take_unread_orders(now);
            shop.forget_old_refusals(now);
            let missed =
                shop.poll.webhooks_missed_since.filter(|since| now.duration_since(*since) >= WEBHOOKS_MISSED);
            show(shop, ExceptionKind::WebhooksMissed, missed.is_some(), now, || {
                "Polls find changes that no webhook told; the shop is polled every minute.".to_owned()
            });
            show(shop, ExceptionKind::DeadLetters, !dead.is_empty(), now, || {
                let counts: Vec<String> =
                    dead.iter().map(|(queue, count)| format!("{count} of {queue}")).collect();
                format!("Messages were given up: {}.", counts.join(", "))
            });
            Ok((*shop != before).then_some(()))
        })
        .await?;
        for order in unread {
            self.read_back(OrderKey::new(shop.id.clone(), order), ChangeSource::Timer).await?;
        }
        Ok(())
    }

    /// Renews the tokens of the shop's account when it is time, and tells when that fails or the authorisation ends.
    pub(crate) async fn keep_tokens(&self, shop: &Shop) -> Result<(), ChoreError> {
        if shop.authorization != Authorization::Granted {
            return Ok(());
        }
        let kept = self.tiktok.keep_tokens(&shop.account).await;
        let now = self.clock.now();
        if let Err(error) = &kept
            && error.class() == Class::Reauthorise
        {
            return Ok(mark_unauthorized(&*self.shops, shop, now).await?);
        }
        update_shop(&*self.shops, &shop.id, |shop| {
            let before = shop.clone();
            match &kept {
                Ok(ends_at) => {
                    shop.monitor.tokens_failing_since = None;
                    shop.monitor.authorization_ends_at = Some(*ends_at);
                }
                Err(_) => {
                    shop.monitor.tokens_failing_since.get_or_insert(now);
                }
            }
            let failing = shop.monitor.tokens_failing_since;
            let failing = failing.is_some_and(|since| now.duration_since(since) >= TOKENS_FAILING);
            show(shop, ExceptionKind::TokenRefreshFailing, failing, now, || match &kept {
                Err(error) => format!("The tokens can't be renewed: {}.", error_chain(error)),
                Ok(_) => String::new(),
            });
            let ends_at = shop.monitor.authorization_ends_at;
            let ending = ends_at.filter(|at| at.duration_since(now) <= ENDING);
            show(shop, ExceptionKind::AuthorizationEnding, ending.is_some(), now, || {
                let day = ends_at.map(|at| at.strftime("%Y-%m-%d").to_string()).unwrap_or_default();
                format!("The seller's authorisation ends on {day} (UTC).")
            });
            Ok((*shop != before).then_some(()))
        })
        .await?;
        Ok(kept.map(drop)?)
    }
}

/// Opens or closes an exception of the shop.
pub(crate) fn show(
    shop: &mut Shop,
    kind: ExceptionKind,
    is_open: bool,
    now: Timestamp,
    detail: impl FnOnce() -> String,
) {
    match is_open {
        true => shop.open_exception(kind, detail(), now),
        false => shop.close_exception(kind, now),
    }
}

//! The chores that need few calls to TikTok or none: allowed shops, webhooks, dead letters, tokens.

use domain::exception::ExceptionKind;
use domain::message::ChangeSource;
use domain::shop::{Authorization, Shop};
use domain::{OrderKey, Timestamp};
use jiff::SignedDuration;
use workflow::{CallError, Change, FailureScope, error_chain, record_call_failure, update_shop};

use crate::{Housekeeping, ShopDeadLetters};

/// People hear of missed webhooks after this time: a single one may only be late.
const WEBHOOKS_MISSED_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// People hear of tokens that cannot be renewed after this time: TikTok may be down for a moment.
const TOKENS_FAILING_AFTER: SignedDuration = SignedDuration::from_mins(15);
/// People hear this long before an authorization ends, as TikTok's own webhook tells it ("30 days before expiry").
const ENDING_WITHIN: SignedDuration = SignedDuration::from_hours(24 * 30);

impl Housekeeping {
    /// Closes a shop that is not on the operator's list of allowed shops, and opens one that was added to it.
    pub(crate) async fn apply_allowed_shops(&self, shop: &Shop) -> Result<(), CallError> {
        let now = self.clock.now();
        // As a rule nothing has changed, and the shop need not be loaded again.
        if !shop.clone().apply_allowed_shops(&self.settings, now) {
            return Ok(());
        }
        update_shop(&*self.shops, &shop.id, |shop| {
            Ok(Change::commit_if(shop.apply_allowed_shops(&self.settings, now)))
        })
        .await?;
        let is_allowed = self.settings.allows(&shop.id);
        tracing::warn!(shop = %shop.id, is_allowed, "list of allowed shops has changed");
        Ok(())
    }

    /// Shows webhooks that do not arrive, settings that can't be used and messages that failed permanently, has unreadable
    /// orders read again, and mends times that a clock which ran ahead has stored. `None` when it is not known which messages
    /// failed.
    pub(crate) async fn check_health(
        &self,
        shop: &Shop,
        dead_letters: Option<&ShopDeadLetters>,
    ) -> Result<(), CallError> {
        let now = self.clock.now();
        let unread = update_shop(&*self.shops, &shop.id, |shop| {
            let before = shop.clone();
            shop.mend_times(now);
            shop.judge_app(now);
            let unread = shop.take_unread_orders(now);
            shop.forget_old_refusals(now);
            let missed_since = shop
                .poll
                .webhooks_missed_since
                .filter(|since| now.duration_since(*since) >= WEBHOOKS_MISSED_AFTER);
            let missed = missed_since.map(|_| {
                "Polls find changes that no webhook announced. The shop is polled every minute.".to_owned()
            });
            show(shop, ExceptionKind::WebhooksMissed, missed, now);
            show(shop, ExceptionKind::SettingsRejected, self.rejected_settings.clone(), now);
            if let Some(dead_letters) = dead_letters {
                shop.show_dead_letters(dead_letters, now);
            }
            if *shop == before {
                return Ok(Change::Keep(unread));
            }
            Ok(Change::Commit(unread))
        })
        .await?;
        for order in unread {
            self.read_back(OrderKey::new(shop.id.clone(), order), ChangeSource::Timer).await?;
        }
        Ok(())
    }

    /// Renews the tokens of the shop's account when it is time, and shows when that fails or the authorization ends.
    pub(crate) async fn keep_tokens(&self, shop: &Shop) -> Result<(), CallError> {
        // A shop that has to be connected again has no tokens worth keeping.
        if shop.authorization != Authorization::Granted {
            return Ok(());
        }
        let kept = self.tiktok.keep_tokens(&shop.account).await;
        let now = self.clock.now();
        if let Err(error) = &kept
            && FailureScope::of(error) == FailureScope::Shop
        {
            record_call_failure(&*self.shops, shop, error, now).await?;
            return Ok(());
        }
        update_shop(&*self.shops, &shop.id, |shop| {
            let before = shop.clone();
            let failing = match &kept {
                Ok(ends_at) => {
                    shop.monitor.tokens_failing_since = None;
                    shop.monitor.authorization_ends_at = Some(*ends_at);
                    None
                }
                Err(error) => {
                    let since = *shop.monitor.tokens_failing_since.get_or_insert(now);
                    let is_long = now.duration_since(since) >= TOKENS_FAILING_AFTER;
                    is_long.then(|| format!("The tokens can't be refreshed: {}.", error_chain(error)))
                }
            };
            show(shop, ExceptionKind::TokenRefreshFailing, failing, now);
            let ends_at = shop.monitor.authorization_ends_at;
            let ending = ends_at.filter(|at| at.duration_since(now) <= ENDING_WITHIN).map(|at| {
                format!("The seller's authorization expires on {} (UTC).", at.strftime("%Y-%m-%d"))
            });
            show(shop, ExceptionKind::AuthorizationEnding, ending, now);
            Ok(Change::commit_if(*shop != before))
        })
        .await?;
        Ok(kept.map(drop)?)
    }
}

/// Opens an exception of the shop with this detail, or closes it when there is none.
pub(crate) fn show(shop: &mut Shop, kind: ExceptionKind, detail: Option<String>, now: Timestamp) {
    match detail {
        Some(detail) => shop.open_exception(kind, detail, now),
        None => shop.close_exception(kind, now),
    }
}

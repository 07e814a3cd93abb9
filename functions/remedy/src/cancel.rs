//! The seller cancels an order, and TikTok refunds the buyer.

use domain::order::{Order, OrderStatus};
use domain::record::OrderRecord;
use domain::remedy::{self, CancelReason, RemedyKind};
use domain::shop::Shop;
use domain::{OrderKey, Timestamp};
use tiktok::{Class, Error, ShopAccess};
use workflow::{Change, update_order};

use crate::RemedyStep;
use crate::outside::{FailureTexts, failure};
use crate::report::RemedyFailed;

const DONE: &str = "It is cancelled; TikTok refunds the buyer.";

const TEXTS: FailureTexts = FailureTexts {
    state: "TikTok does not cancel the order in its current state",
    content: "TikTok does not accept this reason for the order in its current state",
    lost: "it is unknown whether TikTok cancelled it: the order is held, check it on TikTok",
};

const NO_REASON: &str = "TikTok offers no such reason for the order in its current state";

impl RemedyStep {
    /// Cancels the order. It is held before TikTok is asked, so that nothing is bought meanwhile; when TikTok does not cancel
    /// it, it continues as before.
    pub(crate) async fn cancel(&self, key: &OrderKey, reason: CancelReason) -> Result<String, RemedyFailed> {
        let record = self.load(key).await?;
        let shop = self.shop(&key.shop).await?;
        may_cancel(&record)?;
        let held = self.hold_for_cancellation(key, RemedyKind::CancelAndRefund).await?;
        let outcome = self.ask_to_cancel(key, &shop, &record.order, reason).await;
        match &outcome {
            Ok(_) => self.note(key, RemedyKind::CancelAndRefund, "Cancelled by the seller.").await,
            Err(RemedyFailed::Refused(_) | RemedyFailed::Failed(_)) => self.undo_hold(key, held).await?,
            Err(RemedyFailed::Unknown(_)) => {
                let what = "It is unknown whether the order was cancelled. It is held.";
                self.note(key, RemedyKind::CancelAndRefund, what).await;
            }
        }
        self.read_back_later(key).await;
        outcome
    }

    async fn ask_to_cancel(
        &self,
        key: &OrderKey,
        shop: &Shop,
        order: &Order,
        reason: CancelReason,
    ) -> Result<String, RemedyFailed> {
        let access = ShopAccess::from(shop);
        let known = name_of(reason, order.market.code(), &order.status);
        let name = match known {
            Some(name) => name.to_owned(),
            None => self.offered(key, &access, reason).await?,
        };
        let mut answer = self.tiktok.cancel_order(&access, &key.order, &name, None).await;
        // The order's status has changed since it was read: nothing was done, and TikTok lists the reasons that apply now.
        let outdated = |error: &Error| known.is_some() && error.class() == Class::ContentRefused;
        if answer.as_ref().is_err_and(outdated) {
            let name = self.offered(key, &access, reason).await?;
            answer = self.tiktok.cancel_order(&access, &key.order, &name, None).await;
        }
        let Err(error) = answer else { return Ok(DONE.to_owned()) };
        // TikTok's answer is clear: the order is not cancelled.
        if !matches!(error.class(), Class::RereadFirst | Class::AlreadyDone) {
            return Err(failure(&error, &TEXTS));
        }
        match self.is_cancelled(shop, key).await {
            Ok(true) => Ok(DONE.to_owned()),
            // TikTok refused, and the order is not cancelled: no answer was lost.
            Ok(false) if error.class() == Class::AlreadyDone => Err(RemedyFailed::refused(
                "a cancellation request or a return is already under way: answer that instead",
            )),
            Ok(false) | Err(_) => Err(failure(&error, &TEXTS)),
        }
    }

    /// TikTok's name of the reason, out of those that it offers for the order now.
    async fn offered(
        &self,
        key: &OrderKey,
        access: &ShopAccess,
        reason: CancelReason,
    ) -> Result<String, RemedyFailed> {
        let offered = self.tiktok.seller_cancel_reasons(access, &key.order).await;
        let offered = offered.map_err(|error| failure(&error, &TEXTS))?;
        let part = name_part(reason);
        offered.into_iter().find(|name| name.contains(part)).ok_or_else(|| RemedyFailed::refused(NO_REASON))
    }

    /// Holds the order while TikTok is asked to cancel it, so that nothing is bought or uploaded. Returns since when; `None` when
    /// it was held before.
    pub(crate) async fn hold_for_cancellation(
        &self,
        key: &OrderKey,
        name: RemedyKind,
    ) -> Result<Option<Timestamp>, RemedyFailed> {
        let now = self.clock.now();
        let held = update_order(&*self.orders, key, |record| {
            if record.overrides.held_at.is_some() {
                return Ok(Change::Keep(None));
            }
            record.overrides.held_at = Some(now);
            remedy::note(record, name, "Held while it is being cancelled.", now);
            record.refresh_exceptions(now);
            Ok(Change::Commit(Some(now)))
        });
        Ok(held.await?)
    }

    /// Undoes [`RemedyStep::hold_for_cancellation`]. An order that was held before stays held.
    pub(crate) async fn undo_hold(
        &self,
        key: &OrderKey,
        held: Option<Timestamp>,
    ) -> Result<(), RemedyFailed> {
        // A person held it before.
        let Some(since) = held else { return Ok(()) };
        let now = self.clock.now();
        update_order(&*self.orders, key, |record| {
            // A person held it meanwhile.
            if record.overrides.held_at != Some(since) {
                return Ok(Change::Keep(()));
            }
            record.overrides.held_at = None;
            record.refresh_exceptions(now);
            Ok(Change::Commit(()))
        })
        .await?;
        Ok(())
    }
}

/// Whether TikTok cancels an order in this status at all.
fn may_cancel(record: &OrderRecord) -> Result<(), RemedyFailed> {
    let order = &record.order;
    match order.status {
        OrderStatus::Cancelled => Err(RemedyFailed::refused("it is already cancelled")),
        _ if order.cancel_requested => {
            Err(RemedyFailed::refused("the buyer asked to cancel: approve the cancellation instead"))
        }
        OrderStatus::InTransit | OrderStatus::Delivered | OrderStatus::Completed => {
            Err(RemedyFailed::refused("the parcel is on its way: TikTok no longer cancels it"))
        }
        OrderStatus::AwaitingCollection if !order.market.seller_cancels_until_scan() => {
            Err(RemedyFailed::refused("it is shipped: TikTok no longer cancels it"))
        }
        OrderStatus::Unpaid
        | OrderStatus::OnHold
        | OrderStatus::AwaitingShipment
        | OrderStatus::PartiallyShipping
        | OrderStatus::AwaitingCollection
        | OrderStatus::Unknown(_) => Ok(()),
    }
}

/// TikTok's name of the reason (Partner Center, "Cancel reasons"); `None` where the table has none, and TikTok has to be
/// asked for those that it offers.
fn name_of(reason: CancelReason, market: &str, status: &OrderStatus) -> Option<&'static str> {
    use CancelReason as R;
    let paid = match status {
        OrderStatus::Unpaid => false,
        OrderStatus::OnHold | OrderStatus::AwaitingShipment => true,
        // TikTok's table has no names for an order that is shipped or over.
        OrderStatus::PartiallyShipping
        | OrderStatus::AwaitingCollection
        | OrderStatus::InTransit
        | OrderStatus::Delivered
        | OrderStatus::Completed
        | OrderStatus::Cancelled
        | OrderStatus::Unknown(_) => return None,
    };
    Some(match (market, paid, reason) {
        ("US", false, R::OutOfStock) => "seller_cancel_unpaid_reason_out_of_stock",
        ("US", false, R::WrongPrice) => "seller_cancel_unpaid_reason_wrong_price",
        ("US", false, R::BuyerRequested) => "seller_cancel_unpaid_reason_buyer_requested_cancellation",
        ("US", true, R::OutOfStock) => "seller_cancel_reason_out_of_stock",
        ("US", true, R::WrongPrice) => "seller_cancel_reason_wrong_price",
        ("US", true, R::AddressUndeliverable) => "seller_cancel_paid_reason_address_not_deliver",
        ("US", true, R::BuyerRequested) => "seller_cancel_paid_reason_buyer_requested_cancellation",
        ("GB", false, R::OutOfStock) => "seller_cancel_unpaid_reason_out_of_stock_uk",
        ("GB", false, R::WrongPrice) => "seller_cancel_unpaid_reason_wrong_price_uk",
        ("GB", true, R::OutOfStock) => "seller_cancel_reason_out_of_stock_uk",
        ("GB", true, R::WrongPrice) => "seller_cancel_reason_wrong_price_uk",
        ("GB", true, R::AddressUndeliverable) => "seller_cancel_paid_reason_address_not_deliver_uk",
        _ => return None,
    })
}

/// What TikTok's names of the reason have in common.
fn name_part(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::OutOfStock => "out_of_stock",
        CancelReason::WrongPrice => "wrong_price",
        CancelReason::AddressUndeliverable => "address_not_deliver",
        CancelReason::BuyerRequested => "buyer_requested",
    }
}

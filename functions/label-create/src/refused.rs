//! A label that can't be bought: the next best one is bought, unless the reason stands against them all.

use carriers::Rejection;
use domain::Timestamp;
use domain::exception::ExceptionKind;
use domain::message::{Message, ShipmentRef};
use domain::purchase::{Purchase, PurchaseEvent};
use domain::rates::{ChosenQuote, RefusalEvent, RefusedBy, RefusedLabel};
use domain::record::OrderRecord;
use domain::shipment::Shipment;
use domain::shop::Shop;
use domain::stage::{Event, PurchaseIntent, Stage};
use workflow::{Change, StepError, update_order, update_shop};

use crate::LabelCreate;
use crate::buy::at_attempt;

/// How many labels of a shipment are tried: more refusals than this have a cause that another carrier does not mend.
const PURCHASES_MAX: usize = 5;

/// What a refusal stands against.
enum Scope {
    /// The quote: the same label may be bought at a new one.
    Quote,
    /// This label of this parcel.
    Label,
    /// Everything on the account.
    Account,
}

fn scope(rejection: &Rejection) -> Scope {
    match rejection {
        Rejection::QuoteGone => Scope::Quote,
        Rejection::Carrier { .. } | Rejection::Address | Rejection::AddressField | Rejection::Request => {
            Scope::Label
        }
        Rejection::Funds | Rejection::Account => Scope::Account,
    }
}

impl LabelCreate {
    /// The carrier certainly did not sell: nothing is paid. The shipment is rated anew without this label. `detail` is for
    /// people, with the carrier's own words.
    pub(crate) async fn refused(
        &self,
        task: &ShipmentRef,
        purchase: &Purchase,
        rejection: &Rejection,
        code: &str,
        detail: String,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let scope = scope(rejection);
        let kind = match rejection {
            Rejection::Address => ExceptionKind::AddressUndeliverable,
            Rejection::AddressField => ExceptionKind::AddressUnprintable,
            Rejection::Funds
            | Rejection::Account
            | Rejection::QuoteGone
            | Rejection::Carrier { .. }
            | Rejection::Request => ExceptionKind::PurchaseRefused,
        };
        let stage = update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = at_attempt(record, task, purchase.attempts) else {
                return Ok(Change::Keep(None));
            };
            shipment.purchase_event(PurchaseEvent::Rejected { reason: detail.clone() }, now)?;
            let Stage::Buying { intent, fingerprint } = shipment.stage else { return Ok(Change::Keep(None)) };
            let another = !matches!(scope, Scope::Account) && shipment.ledger.len() < PURCHASES_MAX;
            if another || intent == PurchaseIntent::Void {
                shipment.apply(Event::PurchaseFailed, now)?;
            } else {
                record.block(&task.shipment, kind, detail.clone(), now)?;
            }
            if matches!(scope, Scope::Label) {
                record.note_refused(label(purchase, fingerprint, kind, &detail));
            }
            record.refresh_exceptions(now);
            Ok(Change::Commit(record.shipment(&task.shipment).map(|shipment| shipment.stage.clone())))
        })
        .await?;
        if matches!(rejection, Rejection::Carrier { .. } | Rejection::Funds | Rejection::Account) {
            self.count_refusal(task, purchase, code, &detail, now).await?;
        }
        match stage {
            Some(Stage::Ready) => self.send(Message::RateRequest(task.clone())).await,
            _ => Ok(()),
        }
    }

    async fn count_refusal(
        &self,
        task: &ShipmentRef,
        purchase: &Purchase,
        code: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), StepError> {
        let quote = &purchase.chosen.quote;
        let refusal = RefusalEvent {
            by: RefusedBy::Carrier,
            carrier: quote.service.carrier,
            billed_to: &quote.billed_to,
            order: &task.key.order,
            code,
            reason,
        };
        update_shop(&*self.shops, &task.key.shop, |shop| {
            shop.label_refused(&refusal, now);
            Ok(Change::Commit(()))
        })
        .await
    }

    /// The chosen label must not be bought: another one is chosen.
    pub(crate) async fn rate_anew(
        &self,
        task: &ShipmentRef,
        chosen: &ChosenQuote,
        now: Timestamp,
    ) -> Result<(), StepError> {
        self.back_to_ready(task, chosen, now, |_| ()).await
    }

    /// The chosen label costs more than it may: a cheaper one is chosen, or a person decides.
    pub(crate) async fn price_increased(
        &self,
        task: &ShipmentRef,
        chosen: &ChosenQuote,
        now: Timestamp,
    ) -> Result<(), StepError> {
        self.back_to_ready(task, chosen, now, |shipment| shipment.price_limit = Some(chosen.limit)).await
    }

    async fn back_to_ready(
        &self,
        task: &ShipmentRef,
        chosen: &ChosenQuote,
        now: Timestamp,
        note: impl Fn(&mut Shipment) + Send + Sync,
    ) -> Result<(), StepError> {
        let released = update_order(&*self.orders, &task.key, |record| {
            let Some(shipment) = record.shipment_mut(&task.shipment) else { return Ok(Change::Keep(false)) };
            if !matches!(&shipment.stage, Stage::Rated { chosen: stored, .. } if stored == chosen) {
                return Ok(Change::Keep(false));
            }
            shipment.apply(Event::Release, now)?;
            note(shipment);
            record.refresh_exceptions(now);
            Ok(Change::Commit(true))
        })
        .await?;
        if released { self.send(Message::RateRequest(task.clone())).await } else { Ok(()) }
    }
}

fn label(purchase: &Purchase, fingerprint: u64, kind: ExceptionKind, reason: &str) -> RefusedLabel {
    let quote = &purchase.chosen.quote;
    RefusedLabel {
        by: RefusedBy::Carrier,
        service: quote.service.clone(),
        billed_to: quote.billed_to.clone(),
        fingerprint,
        kind,
        reason: reason.to_owned(),
    }
}

/// True when the shop stopped buying labels of this carrier after the shipment was rated.
pub(crate) fn is_stopped(shop: &Shop, record: &OrderRecord, chosen: &ChosenQuote, now: Timestamp) -> bool {
    let retried_at = record.overrides.retried_at;
    shop.monitor.refusals.iter().any(|streak| streak.stops(&chosen.quote, retried_at, now))
}

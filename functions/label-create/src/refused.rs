//! A label that can't be bought. The next best one is bought, unless the reason rules out all of them.

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
use crate::ledger::at_attempt;

/// How many labels of a shipment are tried. After so many refusals, another carrier would not help.
const PURCHASES_MAX: usize = 5;

/// What a refusal rules out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RefusalScope {
    /// The quote only: the same label may be bought at a new one.
    Quote,
    /// This label, for this parcel.
    Label,
    /// Nothing, before the order is read back.
    Order,
    /// Every label, until a person has acted.
    All,
}

impl RefusalScope {
    fn of(rejection: &Rejection) -> Self {
        match rejection {
            Rejection::QuoteGone => Self::Quote,
            Rejection::Carrier { .. } | Rejection::Address | Rejection::AddressField | Rejection::Request => {
                Self::Label
            }
            Rejection::OrderState => Self::Order,
            // Another label would meet the same. A refusal of the account is deferred and does not come here.
            Rejection::Funds | Rejection::Account | Rejection::Precondition => Self::All,
        }
    }
}

impl LabelCreate {
    /// Records that the account certainly did not sell, so that nothing is paid. The shipment is rated again without this label,
    /// or waits for a person. `detail` is for people and holds the carrier's text.
    pub(crate) async fn purchase_refused(
        &self,
        target: &ShipmentRef,
        purchase: &Purchase,
        rejection: &Rejection,
        code: &str,
        detail: String,
    ) -> Result<(), StepError> {
        let now = self.clock.now();
        let scope = RefusalScope::of(rejection);
        let kind = exception_kind(rejection);
        let refused = update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = at_attempt(record, target, purchase.attempts) else {
                return Ok(Change::Keep(None));
            };
            shipment.purchase_event(PurchaseEvent::Rejected { reason: detail.clone() }, now)?;
            let Stage::Buying { intent, fingerprint } = shipment.stage else { return Ok(Change::Keep(None)) };
            let may_try_another = scope != RefusalScope::All && shipment.ledger.len() < PURCHASES_MAX;
            if may_try_another || intent == PurchaseIntent::Void {
                shipment.apply(Event::PurchaseFailed, now)?;
            } else {
                record.block(&target.shipment, kind, detail.clone(), now)?;
            }
            if scope == RefusalScope::Label {
                record.note_refused(refused_label(purchase, fingerprint, kind, &detail));
            }
            let members = match scope {
                RefusalScope::Order => record.give_up_parcel(now),
                RefusalScope::Quote | RefusalScope::Label | RefusalScope::All => Vec::new(),
            };
            record.refresh_exceptions(now);
            let stage = record.shipment(&target.shipment).map(|shipment| shipment.stage.clone());
            Ok(Change::Commit(stage.map(|stage| (stage, members))))
        })
        .await?;
        let (stage, members) = refused.map_or((None, Vec::new()), |(stage, members)| (Some(stage), members));
        // One of the orders of a combined parcel may have changed at TikTok, and only reading tells which.
        self.read_back_members(target, &members).await?;
        if counts_against_carrier(rejection) {
            self.count_refusal(target, purchase, code, &detail, now).await?;
        }
        match (stage, scope) {
            (Some(Stage::Ready), RefusalScope::Order) => self.resync(target).await,
            (Some(Stage::Ready), _) => self.send(Message::RateRequest(target.clone())).await,
            // It waits for a person or is cancelled, or another worker has continued it.
            _ => Ok(()),
        }
    }

    /// Adds the refusal to the shop's streak for this carrier; a streak that is long enough suspends the carrier.
    async fn count_refusal(
        &self,
        target: &ShipmentRef,
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
            order: &target.key.order,
            code,
            reason,
        };
        update_shop(&*self.shops, &target.key.shop, |shop| {
            shop.label_refused(&refusal, now);
            Ok(Change::Commit(()))
        })
        .await
    }

    /// Has the shipment rated again, because the chosen label must not be bought.
    pub(crate) async fn rerate(
        &self,
        target: &ShipmentRef,
        chosen: &ChosenQuote,
        now: Timestamp,
    ) -> Result<(), StepError> {
        self.back_to_ready(target, chosen, now, |_| ()).await
    }

    /// Has the shipment rated again, because the chosen label costs more than it may by now: a cheaper one is chosen, or a
    /// person decides.
    pub(crate) async fn price_increased(
        &self,
        target: &ShipmentRef,
        chosen: &ChosenQuote,
        now: Timestamp,
    ) -> Result<(), StepError> {
        self.back_to_ready(target, chosen, now, |shipment| shipment.price_limit = Some(chosen.limit)).await
    }

    /// Makes the shipment ready to be rated, unless `chosen` is no longer its rate, and applies `change` to it.
    async fn back_to_ready(
        &self,
        target: &ShipmentRef,
        chosen: &ChosenQuote,
        now: Timestamp,
        change: impl Fn(&mut Shipment) + Send + Sync,
    ) -> Result<(), StepError> {
        let released = update_order(&*self.orders, &target.key, |record| {
            let Some(shipment) = record.shipment_mut(&target.shipment) else {
                return Ok(Change::Keep(false));
            };
            if !matches!(&shipment.stage, Stage::Rated { chosen: stored, .. } if stored == chosen) {
                return Ok(Change::Keep(false));
            }
            shipment.apply(Event::Release, now)?;
            change(shipment);
            record.refresh_exceptions(now);
            Ok(Change::Commit(true))
        })
        .await?;
        if released { self.send(Message::RateRequest(target.clone())).await } else { Ok(()) }
    }
}

/// The exception of a shipment that is blocked by this refusal.
fn exception_kind(rejection: &Rejection) -> ExceptionKind {
    match rejection {
        Rejection::Address => ExceptionKind::AddressUndeliverable,
        Rejection::AddressField => ExceptionKind::AddressUnprintable,
        Rejection::Precondition => ExceptionKind::PreconditionMissing,
        Rejection::Funds
        | Rejection::Account
        | Rejection::OrderState
        | Rejection::QuoteGone
        | Rejection::Carrier { .. }
        | Rejection::Request => ExceptionKind::PurchaseRefused,
    }
}

/// True for a refusal by the carrier that would move the parcel. Any other says something of this order or of the account only.
fn counts_against_carrier(rejection: &Rejection) -> bool {
    match rejection {
        Rejection::Carrier { .. } => true,
        Rejection::Funds
        | Rejection::Account
        | Rejection::Address
        | Rejection::AddressField
        | Rejection::OrderState
        | Rejection::Precondition
        | Rejection::QuoteGone
        | Rejection::Request => false,
    }
}

fn refused_label(purchase: &Purchase, fingerprint: u64, kind: ExceptionKind, reason: &str) -> RefusedLabel {
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

/// True when the carrier is suspended for the shop: that may have happened after the shipment was rated.
pub(crate) fn is_suspended(shop: &Shop, record: &OrderRecord, chosen: &ChosenQuote, now: Timestamp) -> bool {
    let retried_at = record.overrides.retried_at;
    shop.monitor.refusals.iter().any(|streak| streak.stops(&chosen.quote, retried_at, now))
}

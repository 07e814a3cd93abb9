//! What is shown of an order, as values.

use backend::RateOutcome;
use domain::address::Address;
use domain::deadline::Deadline;
use domain::exception::{Exception, HistoryEntry, Priority};
use domain::order::{LineItem, OrderStatus, ShippingType};
use domain::purchase::Purchase;
use domain::rates::{Candidate, Service, Verdict};
use domain::recipient::Language;
use domain::record::OrderRecord;
use domain::route::Route;
use domain::shipment::{Shipment, StageChange};
use domain::stage::{CostBasis, HazmatSheet, Label, LabelFileState, Stage, Void};
use domain::{OrderId, Private, ShipmentId, ShopId, Timestamp, TrackingNumber};
use serde::{Deserialize, Serialize};

use crate::commands::exceptions::remedy_names;

/// Whether personal data was asked for.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PersonalData {
    Hidden,
    Shown,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct OrderDetails {
    pub(super) as_of: Timestamp,
    pub(super) order: OrderId,
    pub(super) shop: ShopId,
    pub(super) market: String,
    pub(super) status: OrderStatus,
    pub(super) created_at: Timestamp,
    pub(super) paid_at: Option<Timestamp>,
    /// When it was last read from TikTok.
    pub(super) synced_at: Timestamp,
    pub(super) total: Option<String>,
    pub(super) delivery_option: String,
    pub(super) destination: Option<String>,
    /// Whose label it needs, and why.
    pub(super) route: Option<String>,
    /// The orders with which it shares a parcel.
    pub(super) shares_parcel_with: Vec<OrderId>,
    pub(super) deadline: Option<Deadline>,
    pub(super) items: Vec<ItemDetails>,
    pub(super) shipments: Vec<ShipmentDetails>,
    /// Open ones first, then those that were closed.
    pub(super) exceptions: Vec<ExceptionDetails>,
    /// What a person has decided about it.
    pub(super) decisions: Vec<String>,
    pub(super) personal: Option<PersonalDetails>,
}

/// Equal units are one item.
#[derive(Deserialize, Serialize)]
pub(super) struct ItemDetails {
    pub(super) quantity: usize,
    pub(super) sku: String,
    pub(super) seller_sku: String,
    pub(super) name: String,
    pub(super) variation: String,
    pub(super) status: OrderStatus,
    pub(super) price: Option<String>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct ShipmentDetails {
    pub(super) shipment: ShipmentId,
    pub(super) stage: String,
    /// Why it is in this stage, where the stage does not say so by itself.
    pub(super) reason: Option<String>,
    pub(super) units: usize,
    pub(super) warehouse: Option<String>,
    pub(super) next_check_at: Option<Timestamp>,
    /// The outside service that fails it, in its last words.
    pub(super) outage: Option<String>,
    pub(super) label: Option<LabelDetails>,
    pub(super) purchases: Vec<PurchaseDetails>,
    pub(super) rate_decision: Option<RateDecision>,
    /// The carrier's status of the parcel.
    pub(super) carrier_status: Option<String>,
    pub(super) history: Vec<StageChange>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct LabelDetails {
    pub(super) service: String,
    pub(super) tracking: TrackingNumber,
    pub(super) cost: String,
    pub(super) bought_at: Timestamp,
    /// The name under which the file is stored; none while it is fetched, or after it was removed.
    pub(super) file: Option<String>,
    /// The same of the sheet for dangerous goods, where the parcel needs one.
    pub(super) hazmat_sheet: Option<String>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct PurchaseDetails {
    pub(super) service: String,
    pub(super) price: String,
    pub(super) state: String,
    pub(super) attempts: u32,
}

#[derive(Deserialize, Serialize)]
pub(super) struct RateDecision {
    pub(super) at: Timestamp,
    /// None when no rate could be bought.
    pub(super) chosen: Option<String>,
    /// The seller's rule that put the service first.
    pub(super) rule: Option<String>,
    pub(super) candidates: Vec<CandidateDetails>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct CandidateDetails {
    pub(super) service: String,
    pub(super) price: String,
    pub(super) arrives_on: Option<String>,
    /// `chosen`, `eligible`, or why not.
    pub(super) verdict: String,
}

#[derive(Deserialize, Serialize)]
pub(super) struct ExceptionDetails {
    pub(super) kind: String,
    pub(super) priority: Priority,
    pub(super) shipment: Option<ShipmentId>,
    pub(super) detail: String,
    pub(super) opened_at: Timestamp,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) history: Vec<HistoryEntry>,
    pub(super) what_to_do: String,
    /// As `punctual remedy` takes them, the likeliest first.
    pub(super) remedies: Vec<String>,
}

/// What is shown only on demand.
#[derive(Deserialize, Serialize)]
pub(super) struct PersonalDetails {
    /// As TikTok shows it.
    pub(super) recipient: Option<Address>,
    /// Where it is shipped instead, by a person's correction.
    pub(super) corrected_address: Option<Address>,
    pub(super) buyer_message: Private<String>,
    pub(super) seller_note: Private<String>,
}

impl OrderDetails {
    /// `decisions` are the rate decisions of the shipments, in their order.
    pub(super) fn of(
        record: &OrderRecord,
        decisions: &[Option<RateOutcome>],
        personal: PersonalData,
        now: Timestamp,
    ) -> Self {
        let order = &record.order;
        let mut exceptions: Vec<&Exception> = record.exceptions.iter().collect();
        exceptions.sort_by_key(|exception| (exception.closed_at.is_some(), exception.opened_at));
        Self {
            as_of: now,
            order: order.id.clone(),
            shop: record.shop.clone(),
            market: order.market.code().to_owned(),
            status: order.status.clone(),
            created_at: order.created_at,
            paid_at: order.paid_at,
            synced_at: record.synced_at,
            total: order.total.map(|total| total.to_string()),
            delivery_option: order.delivery_option_name.clone(),
            destination: order.recipient.as_ref().map(state_and_country),
            route: record.route.map(|route| route_of(route, &record.order.shipping)),
            shares_parcel_with: shares_parcel_with(record),
            deadline: record.deadline.clone(),
            items: items(&order.items),
            shipments: record.shipments.iter().zip(decisions).map(ShipmentDetails::of).collect(),
            exceptions: exceptions.into_iter().map(ExceptionDetails::of).collect(),
            decisions: person_decisions(record),
            personal: match personal {
                PersonalData::Hidden => None,
                PersonalData::Shown => Some(PersonalDetails {
                    recipient: order.recipient.clone(),
                    corrected_address: record
                        .overrides
                        .correction
                        .as_ref()
                        .map(|correction| correction.to.clone()),
                    buyer_message: order.buyer_message.clone(),
                    seller_note: order.seller_note.clone(),
                }),
            },
        }
    }
}

fn state_and_country(address: &Address) -> String {
    let parts = [address.state.as_str(), address.country.as_str()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// What a person has decided, in words.
fn person_decisions(record: &OrderRecord) -> Vec<String> {
    let overrides = &record.overrides;
    let decisions = [
        (overrides.held_at.is_some(), "held by a person"),
        (overrides.urgent_at.is_some(), "marked as urgent"),
        (overrides.correction.is_some(), "ships to a corrected address"),
        (overrides.confirmed.is_some(), "its address is confirmed"),
        (overrides.cancellation_response.is_some(), "ships although the buyer asked to cancel"),
        (record.alarms.acknowledged_at.is_some(), "acknowledged: no more alarms about its deadline"),
    ];
    decisions.into_iter().filter(|(holds, _)| *holds).map(|(_, decision)| decision.to_owned()).collect()
}

fn items(units: &[LineItem]) -> Vec<ItemDetails> {
    let mut items: Vec<ItemDetails> = Vec::new();
    for unit in units {
        let is_equal = |item: &&mut ItemDetails| item.sku == unit.sku.as_str() && item.status == unit.status;
        match items.iter_mut().find(is_equal) {
            Some(item) => item.quantity += 1,
            None => items.push(ItemDetails {
                quantity: 1,
                sku: unit.sku.to_string(),
                seller_sku: unit.seller_sku.clone(),
                name: unit.name.clone(),
                variation: unit.variation.clone(),
                status: unit.status.clone(),
                price: unit.price.map(|price| price.to_string()),
            }),
        }
    }
    items
}

impl ShipmentDetails {
    fn of((shipment, decision): (&Shipment, &Option<RateOutcome>)) -> Self {
        Self {
            shipment: shipment.id.clone(),
            stage: shipment.stage.name().to_owned(),
            reason: reason(&shipment.stage),
            units: shipment.items.len(),
            warehouse: shipment.warehouse.as_ref().map(ToString::to_string),
            next_check_at: shipment.next_check_at,
            outage: shipment.outage.as_ref().map(|outage| outage.last.clone()),
            label: shipment.stage.label().map(LabelDetails::of),
            purchases: shipment.ledger.iter().map(PurchaseDetails::of).collect(),
            rate_decision: decision.as_ref().map(RateDecision::of),
            carrier_status: shipment.track.as_ref().map(|track| track.status.name().to_owned()),
            history: shipment.history.clone(),
        }
    }
}

/// Whose label the order needs, and what says so.
fn route_of(route: Route, shipping: &ShippingType) -> String {
    let shipping_type = match shipping {
        ShippingType::Seller => "SELLER",
        ShippingType::TikTok => "TIKTOK",
        ShippingType::NoParcel => "no parcel",
        ShippingType::Unknown(word) => word,
    };
    format!("{route} (the order's shipping type is {shipping_type})")
}

/// The members of a combined parcel for its lead; for a member its lead.
fn shares_parcel_with(record: &OrderRecord) -> Vec<OrderId> {
    let members = record.combined_parcel().into_iter().flat_map(|parcel| &parcel.members);
    let lead = record.claimed_by().map(|(lead, _)| lead.clone());
    members.map(|member| member.order.clone()).chain(lead).collect()
}

fn cost(label: &Label) -> String {
    match label.cost_basis {
        CostBasis::Charged => label.cost.to_string(),
        CostBasis::Estimated => format!("about {} (TikTok's estimate)", label.cost),
        CostBasis::NotTold => "not stated by TikTok".to_owned(),
    }
}

fn reason(stage: &Stage) -> Option<String> {
    match stage {
        Stage::Held { why, .. } => Some(name_of(why)),
        Stage::Blocked { why, .. } => Some(why.name().to_owned()),
        Stage::Cancelled { voided: Some((_, void)) } => Some(
            match void {
                Void::Submitted => "the refund of its label is requested",
                Void::Refunded => "its label is refunded",
                Void::Rejected => "the carrier rejected the refund of its label",
                Void::NotApplicable => "its label is not billed",
                Void::NotOffered => "its label ended with the order",
            }
            .to_owned(),
        ),
        Stage::Ready
        | Stage::Rated { .. }
        | Stage::Buying { .. }
        | Stage::LabelPending { .. }
        | Stage::Labelled { .. }
        | Stage::Uploaded { .. }
        | Stage::Scanned { .. }
        | Stage::Delivered { .. }
        | Stage::Voiding { .. }
        | Stage::Cancelled { voided: None }
        | Stage::ShippedElsewhere => None,
    }
}

impl LabelDetails {
    fn of(label: &Label) -> Self {
        Self {
            service: service_name(&label.service),
            tracking: label.tracking.clone(),
            cost: cost(label),
            bought_at: label.bought_at,
            file: match &label.file {
                LabelFileState::Kept { name } => Some(name.clone()),
                LabelFileState::Pending { .. } | LabelFileState::Removed => None,
            },
            hazmat_sheet: match &label.hazmat_sheet {
                HazmatSheet::Kept { name } => Some(name.clone()),
                HazmatSheet::None | HazmatSheet::Pending | HazmatSheet::Removed => None,
            },
        }
    }
}

impl PurchaseDetails {
    fn of(purchase: &Purchase) -> Self {
        Self {
            service: service_name(&purchase.chosen.quote.service),
            price: purchase.chosen.quote.cost.to_string(),
            state: tag_of(&purchase.state, "state"),
            attempts: purchase.attempts,
        }
    }
}

impl RateDecision {
    fn of(outcome: &RateOutcome) -> Self {
        match outcome {
            RateOutcome::Chosen { decision, at } => Self {
                at: *at,
                chosen: Some(service_name(&decision.chosen.quote.service)),
                rule: decision.rule.clone(),
                candidates: decision.candidates.iter().map(CandidateDetails::of).collect(),
            },
            RateOutcome::None { candidates, at, .. } => Self {
                at: *at,
                chosen: None,
                rule: None,
                candidates: candidates.iter().map(CandidateDetails::of).collect(),
            },
        }
    }
}

impl CandidateDetails {
    fn of(candidate: &Candidate) -> Self {
        Self {
            service: service_name(&candidate.quote.service),
            price: candidate.quote.cost.to_string(),
            arrives_on: candidate.arrives.map(|day| day.to_string()),
            verdict: match &candidate.verdict {
                Verdict::Chosen => "chosen".to_owned(),
                Verdict::Eligible => "eligible".to_owned(),
                Verdict::Ineligible(why) => tag_of(why, "kind"),
            },
        }
    }
}

impl ExceptionDetails {
    fn of(exception: &Exception) -> Self {
        Self {
            kind: exception.kind.name().to_owned(),
            priority: exception.kind.priority(),
            shipment: exception.shipment.clone(),
            detail: exception.detail.clone(),
            opened_at: exception.opened_at,
            closed_at: exception.closed_at,
            history: exception.history.clone(),
            what_to_do: exception.kind.advice(Language::English).to_owned(),
            remedies: remedy_names(exception.kind),
        }
    }
}

fn service_name(service: &Service) -> String {
    format!("{} {}", service.carrier, service.code)
}

/// The name of a variant without data, as it is stored.
fn name_of(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => "unknown".to_owned(),
    }
}

/// The name of a variant with data, as it is stored in the field `tag`.
fn tag_of(value: &impl Serialize, tag: &str) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value[tag].as_str().unwrap_or("unknown").to_owned()
}

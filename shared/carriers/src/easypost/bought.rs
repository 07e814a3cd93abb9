//! Reading a purchase out of a shipment. Pure.

use domain::{AccountId, Currency, LabelHandle, Money, Private, QuoteId, TrackingNumber};

use serde::Deserialize;

use super::convert::{self, billed_to, currency, number_text, service};
use super::decimal::{cents_up, hundred_thousandths};
use super::wire;
use crate::{BoughtLabel, LabelSource, VoidOutcome};

/// What a shipment says about its purchase.
#[derive(Debug)]
pub(super) enum PurchaseTrace {
    /// There is no trace of one.
    None,
    Label(Box<BoughtLabel>),
    /// There are traces, but this is missing.
    Incomplete(&'static str),
}

pub(super) fn purchase(shipment: &wire::Shipment, account: &AccountId, id: &str) -> PurchaseTrace {
    if !has_traces(shipment) {
        return PurchaseTrace::None;
    }
    match label(shipment, account, id) {
        Ok(label) => PurchaseTrace::Label(Box::new(label)),
        Err(missing) => PurchaseTrace::Incomplete(missing),
    }
}

/// Anything that only a purchase leaves behind.
fn has_traces(shipment: &wire::Shipment) -> bool {
    shipment.postage_label.is_some()
        || shipment.selected_rate.is_some()
        || tracking_code(shipment).is_some()
        || shipment.refund_status.is_some()
        || fees(shipment).any(|fee| fee.charged == Some(true))
}

fn label(shipment: &wire::Shipment, account: &AccountId, id: &str) -> Result<BoughtLabel, &'static str> {
    if shipment.id.as_deref() != Some(id) {
        return Err("it is about another shipment");
    }
    let rate = shipment.selected_rate.as_ref().ok_or("it has no selected rate")?;
    let label = shipment.postage_label.as_ref().ok_or("it has no label")?;
    Ok(BoughtLabel {
        account: account.clone(),
        handle: LabelHandle::new(id),
        quote: convert::id(rate.id.as_deref()).map(QuoteId::new).ok_or("its rate has no usable id")?,
        tracking: tracking(shipment)?,
        service: service(rate).ok_or("its rate names no service")?,
        billed_to: billed_to(rate).ok_or("its rate names no account")?,
        cost: cost(rate, &fees(shipment).collect::<Vec<_>>()).ok_or("its price can't be read")?,
        file: label_url(label).map(Private::new).map(LabelSource::Link).ok_or("its label has no URL")?,
        void: shipment.refund_status.as_deref().and_then(void_outcome),
    })
}

/// A number that can't be used is an error: the label is paid, and a person has to look it up.
fn tracking(shipment: &wire::Shipment) -> Result<TrackingNumber, &'static str> {
    let code = tracking_code(shipment).ok_or("it has no tracking code")?;
    convert::tracking_number(Some(code)).ok_or("its tracking code is not up to 50 letters, digits, - and _")
}

fn fees(shipment: &wire::Shipment) -> impl Iterator<Item = wire::Fee> {
    wire::items(&shipment.fees).iter().filter_map(|fee| wire::Fee::deserialize(fee).ok())
}

fn tracking_code(shipment: &wire::Shipment) -> Option<&str> {
    let present = |code: &&str| !code.is_empty();
    let of_tracker = || shipment.tracker.get("tracking_code")?.as_str().filter(present);
    shipment.tracking_code.as_deref().filter(present).or_else(of_tracker)
}

/// The PDF where there is one, else the original.
fn label_url(label: &wire::PostageLabel) -> Option<String> {
    let present = |url: &&String| !url.is_empty();
    label.label_pdf_url.as_ref().filter(present).or(label.label_url.as_ref().filter(present)).cloned()
}

/// All that is charged: postage (its fee, or the rate where the carrier bills the contract itself and there is no fee) and every
/// other fee that is charged and not refunded. Fees are in dollars without saying so; for a rate in another currency they
/// are left out. A fee that can't be read is left out too: the label is bought all the same.
fn cost(rate: &wire::Rate, fees: &[wire::Fee]) -> Option<Money> {
    let currency = currency(rate)?;
    let rate = number_text(rate.rate.as_ref()?)?;
    if currency != Currency::USD {
        return Money::parse(&rate, currency).ok();
    }
    let is_postage = |fee: &&wire::Fee| fee.kind.as_deref() == Some("PostageFee");
    let charged = || fees.iter().filter(|fee| fee.charged != Some(false));
    let postage =
        charged().find(is_postage).and_then(amount).map_or_else(|| hundred_thousandths(&rate), Some)?;
    let others = charged().filter(|fee| !is_postage(fee) && fee.refunded != Some(true)).filter_map(amount);
    Some(Money::usd(cents_up(others.fold(postage, i64::saturating_add))))
}

fn amount(fee: &wire::Fee) -> Option<i64> {
    hundred_thousandths(&number_text(fee.amount.as_ref()?)?)
}

/// `refund_status`; `None` for one that is not known.
pub(super) fn void_outcome(status: &str) -> Option<VoidOutcome> {
    match status {
        "submitted" => Some(VoidOutcome::Submitted),
        "refunded" => Some(VoidOutcome::Refunded),
        "rejected" => Some(VoidOutcome::Rejected),
        "not_applicable" => Some(VoidOutcome::NotApplicable),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use domain::{AccountId, Money};
    use serde_json::{Value, json};

    use super::PurchaseTrace;

    fn bought() -> Value {
        json!({
            "id": "shp_1", "tracking_code": "9400", "refund_status": null,
            "selected_rate": {"id": "rate_1", "carrier": "USPS", "service": "GroundAdvantage", "rate": "6.07",
                "currency": "USD", "carrier_account_id": "ca_1"},
            "postage_label": {"label_url": "https://host/l.png", "label_file_type": "image/png"},
            "fees": []
        })
    }

    fn read(shipment: Value) -> PurchaseTrace {
        let account = AccountId::default_of("easypost");
        super::purchase(&serde_json::from_value(shipment).unwrap(), &account, "shp_1")
    }

    #[track_caller]
    fn check_cost(fees: Value, expect: i64) {
        let mut shipment = bought();
        shipment["fees"] = fees.clone();
        let PurchaseTrace::Label(label) = read(shipment) else { panic!("{fees}") };
        assert_eq!(label.cost, Money::usd(expect), "{fees}");
    }

    #[test]
    fn adds_up_what_is_charged() {
        check_cost(json!([]), 607);
        check_cost(json!(null), 607);
        let fee = |kind: &str, amount: &str| json!({"type": kind, "amount": amount, "charged": true, "refunded": false});
        check_cost(json!([fee("LabelFee", "0.01000"), fee("PostageFee", "6.07000")]), 608);
        check_cost(json!([fee("LabelFee", "0.01000")]), 608);
        check_cost(json!([fee("PostageFee", "6.10000"), fee("InsuranceFee", "1.00000")]), 710);
        check_cost(json!([fee("LabelFee", "0.00500"), fee("PostageFee", "6.07000")]), 608);
        check_cost(json!([{"type": "LabelFee", "amount": "0.01000", "charged": false}]), 607);
        check_cost(
            json!([{"type": "LabelFee", "amount": "0.01000", "charged": true, "refunded": true}]),
            607,
        );
        check_cost(json!([{"type": "LabelFee", "amount": "?"}, 7, {"type": []}]), 607);
        check_cost(json!({"odd": true}), 607);
    }

    #[test]
    fn every_missing_part_is_told() {
        for key in ["tracking_code", "selected_rate", "postage_label", "id"] {
            let mut shipment = bought();
            shipment[key] = Value::Null;
            assert!(matches!(read(shipment), PurchaseTrace::Incomplete(_)), "{key}");
        }
        let mut shipment = bought();
        shipment["id"] = "shp_2".into();
        assert!(matches!(read(shipment), PurchaseTrace::Incomplete(_)), "of another shipment");
    }

    #[test]
    fn a_tracking_code_that_is_a_path_is_told_and_not_used() {
        for code in ["../../etc/passwd", "94 00", "a/b"] {
            let mut shipment = bought();
            shipment["tracking_code"] = code.into();
            let PurchaseTrace::Incomplete(what) = read(shipment) else { panic!("{code}") };
            assert!(what.starts_with("its tracking code is not"), "{what}");
        }
    }

    #[test]
    fn an_unbought_shipment_has_no_traces() {
        let shipment = json!({"id": "shp_1", "tracking_code": null, "selected_rate": null, "postage_label": null,
            "fees": [], "refund_status": null, "rates": []});
        assert!(matches!(read(shipment), PurchaseTrace::None));
    }
}

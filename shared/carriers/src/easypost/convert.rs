//! From EasyPost's shapes to the domain's words. Pure.

use domain::rates::{Carrier, CarrierMessage, Quote, Quotes, Service};
use domain::{CarrierAccountId, CarrierShipmentId, Currency, Money, QuoteId, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use super::wire;

/// The rates and messages of a shipment. A rate that can't be read becomes a message: the others still count.
pub(super) fn quotes(shipment: &wire::Shipment, id: CarrierShipmentId, asked_at: Timestamp) -> Quotes {
    let mut quotes = Vec::new();
    let mut messages: Vec<_> = wire::items(&shipment.messages).iter().map(message).collect();
    for rate in wire::items(&shipment.rates) {
        match quote(rate) {
            Ok(quote) => quotes.push(quote),
            Err(unreadable) => messages.push(unreadable),
        }
    }
    Quotes { carrier_shipment: id, quotes, messages, asked_at }
}

fn quote(rate: &Value) -> Result<Quote, CarrierMessage> {
    let unreadable = |carrier: &str, why: &str| CarrierMessage {
        carrier: carrier.to_owned(),
        text: format!("a rate was left out: {why}"),
    };
    let rate = wire::Rate::deserialize(rate).map_err(|_| unreadable("unknown", "it has another form"))?;
    let carrier = rate.carrier.as_deref().unwrap_or("unknown");
    let lacks = |what| unreadable(carrier, what);
    Ok(Quote {
        id: QuoteId::new(
            rate.id.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| lacks("it has no id"))?,
        ),
        service: service(&rate).ok_or_else(|| lacks("it names no service"))?,
        account: account(&rate).ok_or_else(|| lacks("it names no account"))?,
        cost: price(&rate).ok_or_else(|| lacks("its price can't be read"))?,
        days: days(rate.delivery_days.as_ref()).or_else(|| days(rate.est_delivery_days.as_ref())),
        // Flat-rate packaging is rated only when a request names it, and ours never do.
        packaging: None,
    })
}

pub(super) fn service(rate: &wire::Rate) -> Option<Service> {
    let carrier = rate.carrier.as_deref()?;
    let service = rate.service.as_deref().filter(|service| !service.is_empty())?;
    Some(Service::new(Carrier::from_name(carrier), service))
}

pub(super) fn account(rate: &wire::Rate) -> Option<CarrierAccountId> {
    rate.carrier_account_id.as_deref().filter(|id| !id.is_empty()).map(CarrierAccountId::new)
}

/// The price; a fraction of a cent is rounded up.
fn price(rate: &wire::Rate) -> Option<Money> {
    let money = Money::parse(&number_text(rate.rate.as_ref()?)?, currency(rate)?).ok()?;
    (money.minor >= 0).then_some(money)
}

pub(super) fn currency(rate: &wire::Rate) -> Option<Currency> {
    Currency::parse(rate.currency.as_deref()?).ok()
}

/// The text of a number that comes as a text or as a JSON number, which is written without an exponent.
pub(super) fn number_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) if number.is_f64() => number.as_f64().map(|number| number.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Whole days, rounded up: `3`, `3.0`, `"3"`.
fn days(value: Option<&Value>) -> Option<u16> {
    let days: f64 = number_text(value?)?.parse().ok()?;
    let days = days.ceil();
    (0.0..=f64::from(u16::MAX)).contains(&days).then_some(days as u16)
}

fn message(value: &Value) -> CarrierMessage {
    let Ok(message) = wire::Message::deserialize(value) else {
        return CarrierMessage {
            carrier: "unknown".to_owned(),
            text: "a message in another form".to_owned(),
        };
    };
    CarrierMessage {
        carrier: message.carrier.unwrap_or_else(|| "unknown".to_owned()),
        text: message.message.as_ref().map(all_text).unwrap_or_default(),
    }
}

/// Every text in `value`, which by EasyPost's own client may be a text, a list or an object.
fn all_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => joined(items.iter()),
        Value::Object(fields) => joined(fields.values()),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) => String::new(),
    }
}

fn joined<'a>(values: impl Iterator<Item = &'a Value>) -> String {
    let texts: Vec<String> = values.map(all_text).filter(|text| !text.is_empty()).collect();
    texts.join(", ")
}

#[cfg(test)]
mod tests {
    use domain::rates::{Carrier, Quotes};
    use domain::{CarrierShipmentId, Money, Timestamp};
    use serde_json::{Value, json};

    use super::{all_text, days};

    fn read(shipment: Value) -> Quotes {
        let shipment = serde_json::from_value(shipment).unwrap();
        super::quotes(&shipment, CarrierShipmentId::new("shp_1"), Timestamp::UNIX_EPOCH)
    }

    fn rate(changes: Value) -> Value {
        let mut rate = json!({
            "id": "rate_1", "carrier": "UPSDAP", "service": "Ground", "rate": "14.88", "currency": "USD",
            "delivery_days": 2, "carrier_account_id": "ca_1"
        });
        for (key, value) in changes.as_object().unwrap() {
            rate[key] = value.clone();
        }
        rate
    }

    #[track_caller]
    fn check_days(value: Value, expect: Option<u16>) {
        assert_eq!(days(Some(&value)), expect, "{value}");
    }

    #[test]
    fn reads_days_in_every_form() {
        check_days(json!(3), Some(3));
        check_days(json!(3.0), Some(3));
        check_days(json!(2.5), Some(3));
        check_days(json!("4"), Some(4));
        check_days(json!(null), None);
        check_days(json!(-1), None);
        check_days(json!(1e9), None);
        check_days(json!("soon"), None);
        let quotes = read(json!({"rates": [rate(json!({"delivery_days": null, "est_delivery_days": 5}))]}));
        assert_eq!(quotes.quotes[0].days, Some(5), "the estimate where the carrier promises nothing");
    }

    #[track_caller]
    fn check_carrier(name: &str, expect: Carrier) {
        let quotes = read(json!({"rates": [rate(json!({"carrier": name}))]}));
        assert_eq!(quotes.quotes[0].service.carrier, expect, "{name}");
    }

    #[test]
    fn knows_production_names() {
        check_carrier("USPS", Carrier::Usps);
        check_carrier("UPSDAP", Carrier::Ups);
        check_carrier("FedExDefault", Carrier::FedEx);
        check_carrier("FedExSmartPost", Carrier::FedEx);
        check_carrier("DhlEcs", Carrier::DhlEcommerce);
        check_carrier("AmazonShipping", Carrier::Amazon);
        check_carrier("Veho", Carrier::Other);
    }

    #[track_caller]
    fn check_price(price: Value, expect: Option<i64>) {
        let quotes = read(json!({"rates": [rate(json!({"rate": price}))]}));
        let cents = quotes.quotes.first().map(|quote| quote.cost);
        assert_eq!(cents, expect.map(Money::usd), "{price}");
        assert_eq!(quotes.messages.len(), usize::from(expect.is_none()), "{price}");
    }

    #[test]
    fn reads_prices_exactly() {
        check_price(json!("5.93"), Some(593));
        check_price(json!("6.07000"), Some(607));
        check_price(json!(7.42), Some(742));
        check_price(json!(9.9), Some(990));
        check_price(json!(34), Some(3400));
        check_price(json!(1.1), Some(110));
        check_price(json!("5.935"), Some(594));
        check_price(json!(4.655), Some(466));
        check_price(json!("-1.00"), None);
        check_price(json!("free"), None);
        check_price(json!(null), None);
    }

    #[test]
    fn a_bad_rate_spoils_only_itself() {
        let bad = [
            rate(json!({"id": null})),
            rate(json!({"service": ""})),
            rate(json!({"currency": "dollars"})),
            rate(json!({"carrier_account_id": 7})),
            json!("no rate at all"),
        ];
        let mut rates = bad.to_vec();
        rates.push(rate(json!({})));
        let quotes = read(
            json!({"rates": rates, "messages": ["odd", {"carrier": "UPS", "message": ["a", {"b": "c"}]}]}),
        );
        assert_eq!(quotes.quotes.len(), 1);
        assert_eq!(quotes.messages.len(), 2 + bad.len());
        assert_eq!(quotes.messages[1].text, "a, c");
    }

    #[test]
    fn keeps_accounts_apart() {
        let rates = [rate(json!({})), rate(json!({"id": "rate_2", "carrier_account_id": "ca_2"}))];
        let quotes = read(json!({"rates": rates})).quotes;
        assert_eq!(quotes[0].service, quotes[1].service);
        assert_ne!((&quotes[0].id, &quotes[0].account), (&quotes[1].id, &quotes[1].account));
    }

    #[test]
    fn gathers_text_from_any_form() {
        assert_eq!(all_text(&json!({"errors": ["one", null, {"x": "two"}]})), "one, two");
    }
}

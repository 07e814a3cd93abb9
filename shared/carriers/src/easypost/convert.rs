//! From EasyPost's shapes to the domain's words. Pure.

use domain::address::Address;
use domain::rates::{CarrierMessage, Quote, Service, Ticket};
use domain::{AccountId, CarrierAccountId, CarrierText, Currency, Money, QuoteId, TrackingNumber};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use super::text::text_of;
use super::{alias, wire};
use crate::Offer;

/// The rates and messages of a shipment between `addresses`, of which nothing is left in the messages. `ticket` is the id of
/// the shipment. A rate that can't be read becomes a message: the others still count.
pub(super) fn offer(
    shipment: &wire::Shipment,
    account: &AccountId,
    ticket: &Ticket,
    addresses: &[&Address],
) -> Offer {
    let mut quotes = Vec::new();
    let messages = wire::items(&shipment.messages).iter();
    let mut messages: Vec<_> = messages.map(|value| message(value, addresses)).collect();
    for rate in wire::items(&shipment.rates) {
        match quote(rate, account, ticket) {
            Ok(quote) => quotes.push(quote),
            Err(unreadable) => messages.push(unreadable),
        }
    }
    Offer { quotes, messages }
}

/// The longest id: EasyPost's own have 36 characters.
const ID_LENGTH_MAX: usize = 100;
/// The longest tracking number, as TikTok takes them; the longest of a carrier has 39 characters.
const TRACKING_LENGTH_MAX: usize = 50;

/// An id of EasyPost's, if it is one: it becomes part of a URL. `None` for `../x`.
pub(super) fn id(text: Option<&str>) -> Option<&str> {
    text.filter(|text| is_word(text, ID_LENGTH_MAX))
}

/// A tracking number, if it is one: it becomes part of the name of a file.
pub(super) fn tracking_number(text: Option<&str>) -> Option<TrackingNumber> {
    text.filter(|text| is_word(text, TRACKING_LENGTH_MAX)).map(TrackingNumber::new)
}

fn is_word(text: &str, length_max: usize) -> bool {
    (1..=length_max).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn quote(rate: &Value, account: &AccountId, ticket: &Ticket) -> Result<Quote, CarrierMessage> {
    let unreadable = |carrier: &str, why: &str| CarrierMessage {
        carrier: carrier.to_owned(),
        text: format!("a rate was left out: {why}"),
    };
    let rate =
        wire::Rate::deserialize(rate).map_err(|_| unreadable("unknown", "it has an unexpected form"))?;
    let carrier = rate.carrier.as_deref().unwrap_or("unknown");
    let lacks = |what| unreadable(carrier, what);
    Ok(Quote {
        id: id(rate.id.as_deref()).map(QuoteId::new).ok_or_else(|| lacks("it has no usable id"))?,
        service: service(&rate).ok_or_else(|| lacks("it names no service"))?,
        account: account.clone(),
        ticket: ticket.clone(),
        billed_to: billed_to(&rate).ok_or_else(|| lacks("it names no usable account"))?,
        cost: price(&rate).ok_or_else(|| lacks("its price can't be read"))?,
        arrives_on: arrives_on(&rate.delivery_date),
        days: days(rate.delivery_days.as_ref()).or_else(|| days(rate.est_delivery_days.as_ref())),
        // Flat-rate packaging is rated only when a request names it, and ours never do.
        packaging: None,
    })
}

pub(super) fn service(rate: &wire::Rate) -> Option<Service> {
    let carrier = rate.carrier.as_deref()?;
    let service = rate.service.as_deref().filter(|service| !service.is_empty())?;
    Some(alias::service(carrier, service))
}

pub(super) fn billed_to(rate: &wire::Rate) -> Option<CarrierAccountId> {
    id(rate.carrier_account_id.as_deref()).map(CarrierAccountId::new)
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

/// The date as it is written: UPS's times are those of the place of delivery (`23:00` is "by the end of the day", `10:30`
/// is Next Day Air), although they end in `Z`.
fn arrives_on(value: &Value) -> Option<Date> {
    let text = value.as_str()?.trim();
    let (date, rest) = text.split_at_checked("2024-10-18".len())?;
    let is_end = rest.is_empty() || rest.starts_with(['T', 't', ' ']);
    date.parse().ok().filter(|_| is_end)
}

fn message(value: &Value, addresses: &[&Address]) -> CarrierMessage {
    let text = |value: &Value| CarrierText::new(&text_of(value)).shown(addresses).unwrap_or_default();
    match wire::Message::deserialize(value) {
        Ok(wire::Message { carrier, message }) => CarrierMessage {
            carrier: carrier.unwrap_or_else(|| "unknown".to_owned()),
            text: message.as_ref().map(text).unwrap_or_default(),
        },
        Err(_) => CarrierMessage { carrier: "unknown".to_owned(), text: text(value) },
    }
}

#[cfg(test)]
mod tests {
    use domain::rates::{Carrier, Ticket};
    use domain::{AccountId, Money, TrackingNumber};
    use serde_json::{Value, json};

    use super::{arrives_on, days};
    use crate::Offer;

    fn read(shipment: Value) -> Offer {
        let shipment = serde_json::from_value(shipment).unwrap();
        super::offer(&shipment, &AccountId::default_of("easypost"), &Ticket::new("shp_1"), &[])
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
            rate(json!({"id": "../rate_1"})),
            rate(json!({"carrier_account_id": "ca_1/../ca_2"})),
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
        assert_eq!((quotes.messages[0].text.as_str(), quotes.messages[1].text.as_str()), ("odd", "a; c"));
    }

    #[test]
    fn ids_and_numbers_are_no_paths() {
        let long = "9".repeat(101);
        for odd in ["", " ", "../../etc/passwd", "a/b", "a.b", "a b", "é", "a\n", &long] {
            assert_eq!(super::id(Some(odd)), None, "{odd:?}");
            assert_eq!(super::tracking_number(Some(odd)), None, "{odd:?}");
        }
        assert_eq!(super::tracking_number(Some(&long[..51])), None);
        assert_eq!((super::id(None), super::tracking_number(None)), (None, None));
        for number in ["9400100110368066361900", "1Z999AA10123456784", "00-1_a", &long[..50]] {
            let read = super::tracking_number(Some(number));
            assert_eq!(read.as_ref().map(TrackingNumber::as_str), Some(number));
        }
        assert_eq!(super::id(Some("shp_00-aZ")), Some("shp_00-aZ"));
    }

    #[test]
    fn keeps_accounts_apart() {
        let rates = [rate(json!({})), rate(json!({"id": "rate_2", "carrier_account_id": "ca_2"}))];
        let quotes = read(json!({"rates": rates})).quotes;
        assert_eq!(quotes[0].service, quotes[1].service);
        assert_ne!((&quotes[0].id, &quotes[0].billed_to), (&quotes[1].id, &quotes[1].billed_to));
    }

    #[track_caller]
    fn check_date(value: Value, expect: Option<&str>) {
        let expect = expect.map(|date| date.parse().unwrap());
        assert_eq!(arrives_on(&value), expect, "{value}");
        let quotes = read(json!({"rates": [rate(json!({"delivery_date": value}))]}));
        assert_eq!((quotes.quotes[0].arrives_on, quotes.quotes[0].days), (expect, Some(2)));
    }

    #[test]
    fn reads_the_day_of_delivery_as_it_is_written() {
        check_date(json!("2024-10-18T23:00:00Z"), Some("2024-10-18"));
        check_date(json!("2024-10-18T08:00:00Z"), Some("2024-10-18"));
        check_date(json!("2024-10-18T23:00:00-07:00"), Some("2024-10-18"));
        check_date(json!("2025-06-19 10:30:00"), Some("2025-06-19"));
        check_date(json!("2025-06-19"), Some("2025-06-19"));
        for none in [
            json!(null),
            json!(""),
            json!("soon"),
            json!("2025-13-01"),
            json!(1729292400),
            json!("2025-06-191"),
        ] {
            check_date(none, None);
        }
        let without =
            read(json!({"rates": [{"id": "r", "carrier": "USPS", "service": "Priority", "rate": "7",
            "currency": "USD", "carrier_account_id": "ca_1"}]}));
        assert_eq!(without.quotes[0].arrives_on, None);
    }
}

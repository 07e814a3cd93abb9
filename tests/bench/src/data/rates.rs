//! Shipments with rates, as EasyPost answers, and the request that they answer.

use carriers::ShipRequest;
use domain::address::Address;
use domain::customs::FormNeed;
use domain::market::Market;
use domain::measure::{Length, Weight};
use domain::order::OrderPart;
use domain::parcel::{Dimensions, Parcel};
use domain::rates::{Carrier, PurchaseConstraints, RateRequest, RefusalStreaks, Speed};
use domain::shop::SellerType;
use domain::{Currency, LineItemId, Money, OrderId};
use jiff::civil::{date, time};
use serde_json::{Value, json};

/// What an account with all carriers is offered; further accounts of a carrier repeat its services.
const SERVICES: [(&str, &str, u32, u32); 20] = [
    ("USPS", "GroundAdvantage", 562, 4),
    ("USPS", "Priority", 839, 3),
    ("USPS", "Express", 3_120, 1),
    ("UPSDAP", "Ground", 914, 3),
    ("UPSDAP", "3DaySelect", 1_655, 3),
    ("UPSDAP", "2ndDayAir", 2_081, 2),
    ("UPSDAP", "2ndDayAirAM", 2_410, 2),
    ("UPSDAP", "NextDayAirSaver", 4_377, 1),
    ("UPSDAP", "NextDayAir", 5_012, 1),
    ("UPSDAP", "NextDayAirEarlyAM", 8_203, 1),
    ("FedExDefault", "FEDEX_GROUND", 931, 3),
    ("FedExDefault", "GROUND_HOME_DELIVERY", 966, 3),
    ("FedExDefault", "FEDEX_EXPRESS_SAVER", 1_702, 3),
    ("FedExDefault", "FEDEX_2_DAY", 2_115, 2),
    ("FedExDefault", "FEDEX_2_DAY_AM", 2_466, 2),
    ("FedExDefault", "STANDARD_OVERNIGHT", 4_420, 1),
    ("FedExDefault", "PRIORITY_OVERNIGHT", 5_105, 1),
    ("FedExDefault", "FIRST_OVERNIGHT", 8_350, 1),
    ("DhlEcs", "DHLParcelGround", 518, 6),
    ("AmazonShipping", "AMZN_US_PREM", 880, 2),
];

/// A shipment with `n` rates.
pub fn answer(n: usize) -> String {
    shipment(json!((0..n).map(rate).collect::<Vec<_>>()), "")
}

/// An answer of as many bytes as `like`, without rates: what the exchange costs by itself.
pub fn empty_answer(like: &str) -> String {
    let padded = |padding: usize| shipment(json!([]), &"x".repeat(padding));
    padded(like.len().saturating_sub(padded(0).len()))
}

fn shipment(rates: Value, padding: &str) -> String {
    let address = json!({
        "id": "adr_00000000000000000000000000000001", "object": "Address", "name": "QUILLON ABERNATHY",
        "company": null, "street1": "100 LARKSPUR HOLLOW LN", "street2": "", "city": "PORTLAND", "state": "OR",
        "zip": "97205", "country": "US", "phone": "5035550142", "email": null, "mode": "test",
        "residential": true, "verifications": {},
    });
    json!({
        "id": "shp_00000000000000000000000000000001", "object": "Shipment", "created_at": "2025-11-24T16:00:00Z",
        "updated_at": "2025-11-24T16:00:01Z", "mode": "test", "is_return": false,
        "messages": [{ "carrier": "Veho", "carrier_account_id": "ca_9", "type": "rate_error", "message": "Not served." }],
        "options": { "label_format": "PDF", "label_size": "4x6", "currency": "USD", "date_advance": 0 },
        "reference": "576461000000000001-1", "status": "unknown", "tracking_code": null, "batch_id": null,
        "customs_info": null, "insurance": null, "order_id": null,
        "parcel": { "id": "prcl_1", "object": "Parcel", "length": 6.0, "width": 5.0, "height": 5.0, "weight": 17.6 },
        "postage_label": null, "rates": rates, "refund_status": null, "scan_form": null, "selected_rate": null,
        "tracker": null, "to_address": address, "from_address": address, "buyer_address": address,
        "return_address": address, "usps_zone": 5, "forms": [], "fees": [], "padding": padding,
    })
    .to_string()
}

fn rate(number: usize) -> Value {
    let (carrier, service, cents, days) = SERVICES[number % SERVICES.len()];
    let account = number / SERVICES.len();
    let cents = cents + 13 * account as u32;
    let dollars = |cents: u32| format!("{}.{:02}", cents / 100, cents % 100);
    json!({
        "id": format!("rate_{number:032}"), "object": "Rate", "created_at": "2025-11-24T16:00:01Z",
        "updated_at": "2025-11-24T16:00:01Z", "mode": "test", "service": service, "carrier": carrier,
        "rate": dollars(cents), "currency": "USD", "retail_rate": dollars(cents * 13 / 10),
        "retail_currency": "USD", "list_rate": dollars(cents * 11 / 10), "list_currency": "USD",
        "billing_type": "easypost", "delivery_days": days, "delivery_date": "2025-11-28T23:59:59Z",
        "delivery_date_guaranteed": false, "est_delivery_days": days,
        "shipment_id": "shp_00000000000000000000000000000001",
        "carrier_account_id": format!("ca_{account:032}"),
    })
}

/// A parcel on its way.
pub struct Trip {
    from: Address,
    to: Address,
    parcel: Parcel,
    part: OrderPart,
    market: Market,
    skus: Vec<String>,
    carriers: Vec<Carrier>,
    streaks: RefusalStreaks,
}

impl Default for Trip {
    fn default() -> Self {
        let side = Length::inches;
        Self {
            from: address("Sandbox Supply Co.", "4200 Plumstone Ter", "Omaha", "NE", "68102"),
            to: address("Quillon Abernathy", "100 Larkspur Hollow Ln", "Portland", "OR", "97205"),
            parcel: Parcel {
                weight: Weight::pounds(2),
                dimensions: Some(Dimensions::new(side(6), side(5), side(5))),
            },
            part: OrderPart {
                order: OrderId::new("576461000000000001"),
                items: vec![LineItemId::new("577086000000000001")],
                is_whole: true,
                package: None,
                has_dangerous_goods: false,
                combined_with: Vec::new(),
            },
            market: Market::united_states(),
            skus: vec!["MUG-01".to_owned()],
            carriers: Carrier::KNOWN.to_vec(),
            streaks: RefusalStreaks::default(),
        }
    }
}

impl Trip {
    /// The question for rates.
    pub fn ship_request(&self) -> ShipRequest<'_> {
        ShipRequest {
            from: &self.from,
            to: &self.to,
            parcel: &self.parcel,
            customs: None,
            reference: "576461000000000001-1",
            part: &self.part,
        }
    }

    /// The question for the choice.
    pub fn rate_request(&self) -> RateRequest<'_> {
        RateRequest {
            parcel: &self.parcel,
            from: &self.from,
            to: &self.to,
            market: &self.market,
            seller: SellerType::Local,
            ship_on: date(2025, 11, 24),
            ready_at: time(9, 0, 0, 0),
            arrive_by: Some(jiff::Timestamp::constant(1_764_518_460, 0)),
            speed: Speed::Standard,
            value: Some(Money::usd(3_852)),
            skus: &self.skus,
            customs: None,
            form_wanted: FormNeed::None,
            currency: Currency::USD,
            constraints: PurchaseConstraints {
                carriers: Some(&self.carriers),
                fingerprint: 0,
                refused: &[],
                streaks: &self.streaks,
                retried_at: None,
                price_limit: None,
                price_accepted: None,
                now: jiff::Timestamp::constant(1_763_992_800, 0),
            },
        }
    }
}

fn address(name: &str, street: &str, city: &str, state: &str, zip: &str) -> Address {
    Address {
        name: name.to_owned(),
        street1: street.to_owned(),
        city: city.to_owned(),
        state: state.to_owned(),
        postal_code: zip.to_owned(),
        country: "US".to_owned(),
        phone: "5035550142".to_owned(),
        ..Address::default()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_empty_answer_is_as_long() {
        let full = super::answer(59);
        assert_eq!(super::empty_answer(&full).len(), full.len());
    }
}

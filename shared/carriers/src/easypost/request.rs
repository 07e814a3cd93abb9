//! From the domain's words to request bodies.

use domain::address::Address;
use domain::measure::{Length, Weight};
use domain::parcel::{Dimensions, Parcel};

use super::{customs, wire};
use crate::ShipRequest;

/// Labels come as PDF, 4 x 6 inches, so that no conversion is needed before printing.
const OPTIONS: wire::Options = wire::Options { label_format: "PDF", label_size: "4x6" };

pub(super) fn create_shipment<'a>(request: &ShipRequest<'a>) -> wire::CreateShipment<'a> {
    wire::CreateShipment {
        shipment: wire::NewShipment {
            to_address: address(request.to),
            from_address: address(request.from),
            parcel: parcel(request.parcel),
            customs_info: request.customs.map(customs::customs_info),
            options: OPTIONS,
            reference: request.reference,
        },
    }
}

pub(super) fn address(address: &Address) -> wire::Address<'_> {
    wire::Address {
        name: address.name.trim(),
        company: address.company.as_deref().map(str::trim).filter(|company| !company.is_empty()),
        street1: address.street1.trim(),
        street2: address.street2.trim(),
        city: address.city.trim(),
        state: address.state.trim(),
        zip: address.postal_code.trim(),
        country: address.country.trim(),
        phone: phone(&address.phone),
    }
}

/// TikTok masks phones with `*`; a masked one is worse than none, because carriers reject it.
fn phone(phone: &str) -> Option<&str> {
    let phone = phone.trim();
    (!phone.is_empty() && !phone.contains('*')).then_some(phone)
}

fn parcel(parcel: &Parcel) -> wire::Parcel {
    wire::Parcel { sides: parcel.dimensions.as_ref().map(sides), weight: ounces(parcel.weight) }
}

fn sides(dimensions: &Dimensions) -> wire::Sides {
    wire::Sides {
        length: inches(dimensions.length),
        width: inches(dimensions.width),
        height: inches(dimensions.height),
    }
}

/// EasyPost takes one decimal. Rounded up: what is declared too light or too small is charged for later.
fn ounces(weight: Weight) -> f64 {
    weight.tenth_ounces_up() as f64 / 10.0
}

fn inches(length: Length) -> f64 {
    length.hundredth_inches_up().div_ceil(10) as f64 / 10.0
}

#[cfg(test)]
mod tests {
    use domain::address::Address;
    use domain::measure::{Length, Weight};
    use domain::parcel::{Dimensions, Parcel};
    use serde_json::{json, to_value};

    #[test]
    fn rounds_measures_up_to_one_decimal() {
        let side = |inches| Length::parse(inches, "INCH").unwrap();
        let dimensions = Some(Dimensions::new(side("4"), side("10.01"), side("8.1")));
        let parcel = Parcel { weight: Weight::parse("15.31", "OUNCE").unwrap(), dimensions };
        let expect = json!({"weight": 15.4, "length": 10.1, "width": 8.1, "height": 4.0});
        assert_eq!(to_value(super::parcel(&parcel)).unwrap(), expect);
    }

    #[test]
    fn leaves_out_unknown_sides() {
        let parcel = Parcel { weight: Weight::pounds(1), dimensions: None };
        assert_eq!(to_value(super::parcel(&parcel)).unwrap(), json!({"weight": 16.0}));
    }

    #[test]
    fn leaves_out_masked_phones_and_empty_fields() {
        let address = Address {
            name: "Ann ".into(),
            street1: "1 Elm".into(),
            city: "Reno".into(),
            state: "NV".into(),
            postal_code: "89501".into(),
            country: "US".into(),
            phone: "(+1)213-***-1234".into(),
            ..Address::default()
        };
        let expect = json!({
            "name": "Ann", "street1": "1 Elm", "city": "Reno", "state": "NV", "zip": "89501", "country": "US"
        });
        assert_eq!(to_value(super::address(&address)).unwrap(), expect);
        let address = Address { phone: " 5555555555".into(), ..address };
        assert_eq!(to_value(super::address(&address)).unwrap()["phone"], "5555555555");
    }
}

//! A customs form in EasyPost's shape.

use domain::customs::{CustomsForm, CustomsItem, NonDelivery};

use super::wire;

/// The exemption from an export filing; what is worth 2,500 USD and more gets no form.
const EEL_PFC: &str = "NOEEI 30.37(a)";

pub(super) fn customs_info(form: &CustomsForm) -> wire::CustomsInfo<'_> {
    wire::CustomsInfo {
        contents_type: "merchandise",
        customs_certify: true,
        customs_signer: form.signer.expose(),
        eel_pfc: EEL_PFC,
        non_delivery_option: match form.non_delivery {
            NonDelivery::Return => "return",
            NonDelivery::Abandon => "abandon",
        },
        restriction_type: "none",
        customs_items: form.items.iter().map(item).collect(),
    }
}

/// Value and weight are those of all units together; a weight below what EasyPost keeps would be none.
fn item(item: &CustomsItem) -> wire::CustomsItem<'_> {
    wire::CustomsItem {
        description: &item.description,
        quantity: item.quantity,
        value: item.value.minor as f64 / 100.0,
        currency: item.value.currency.code(),
        weight: item.weight.hundredth_ounces_down().max(1) as f64 / 100.0,
        origin_country: &item.origin_country,
        hs_tariff_number: item.hs_code.as_deref(),
        code: Some(item.seller_sku.as_str()).filter(|sku| !sku.is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use domain::Money;
    use domain::Private;
    use domain::customs::{CustomsForm, CustomsItem, NonDelivery};
    use domain::measure::Weight;
    use serde_json::{json, to_value};

    #[test]
    fn has_the_recorded_shape() {
        let item = CustomsItem {
            description: "Stoneware mugs".into(),
            quantity: 2,
            value: Money::usd(2_870),
            weight: Weight::parse("11.019", "OUNCE").unwrap(),
            origin_country: "US".into(),
            hs_code: Some("691200".into()),
            seller_sku: "MUG".into(),
        };
        let form = CustomsForm {
            signer: Private::from("Sam Seller"),
            non_delivery: NonDelivery::Return,
            items: vec![item],
        };
        let expect = json!({
            "eel_pfc": "NOEEI 30.37(a)", "customs_certify": true, "customs_signer": "Sam Seller",
            "contents_type": "merchandise", "restriction_type": "none", "non_delivery_option": "return",
            "customs_items": [{
                "description": "Stoneware mugs", "quantity": 2, "weight": 11.01, "value": 28.7, "currency": "USD",
                "hs_tariff_number": "691200", "origin_country": "US", "code": "MUG"
            }]
        });
        assert_eq!(to_value(super::customs_info(&form)).unwrap(), expect);
    }
}

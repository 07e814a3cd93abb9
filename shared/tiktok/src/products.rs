//! Weight and size of a product's package: orders don't tell them.

use domain::measure::{Length, Weight};
use domain::parcel::Dimensions;
use domain::{ProductId, SkuId};

use crate::access::ShopAccess;
use crate::call::{Call, CallName};
use crate::client::TikTok;
use crate::error::Error;
use crate::{paths, wire};

/// What the catalogue says of a product's package. It is one for all variations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// The variations.
    pub skus: Vec<SkuId>,
    /// The packed weight; `None` where TikTok gives none, or one that is not positive.
    pub weight: Option<Weight>,
    /// The packed size; `None` where TikTok does not give all three sides.
    pub dimensions: Option<Dimensions>,
}

impl TikTok {
    /// A product (Get Product).
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn product(&self, shop: &ShopAccess, product: &ProductId) -> Result<Product, Error> {
        let name = CallName::PRODUCT;
        if !paths::is_id(product.as_str()) {
            return Err(Error::Unacceptable { call: name, what: "a product's id" });
        }
        let answer: wire::product::Product =
            self.shop_call(shop, Call::get(name, paths::product(product))).await?;
        Ok(convert(answer))
    }
}

fn convert(wire: wire::product::Product) -> Product {
    let skus = wire.skus.into_iter().map(|sku| sku.id.0).filter(|id| !id.is_empty());
    let (weight, size) = (wire.package_weight, wire.package_dimensions);
    let side = |value: &str| Length::parse(value, &size.unit).ok();
    let sides = (side(&size.length), side(&size.width), side(&size.height));
    Product {
        skus: skus.map(SkuId::new).collect(),
        weight: Weight::parse(&weight.value, &weight.unit).ok(),
        dimensions: match sides {
            (Some(a), Some(b), Some(c)) => Some(Dimensions::new(a, b, c)),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use domain::SkuId;
    use domain::measure::{Length, Weight};
    use domain::parcel::Dimensions;
    use serde_json::{Value, json};

    use super::{Product, convert};

    fn read(value: Value) -> Product {
        convert(serde_json::from_value(value).unwrap())
    }

    #[test]
    fn reads_weight_and_size() {
        let product = read(json!({
            "skus": [{"id": "5"}, {"id": 6}, {}],
            "package_weight": {"value": "1.5", "unit": "POUND"},
            "package_dimensions": {"length": "4", "width": 12, "height": "6.0", "unit": "INCH"},
        }));
        let inches = Length::inches;
        let expect = Product {
            skus: vec![SkuId::new("5"), SkuId::new("6")],
            weight: Some(Weight::ounces(24)),
            dimensions: Some(Dimensions { length: inches(12), width: inches(6), height: inches(4) }),
        };
        assert_eq!(product, expect);
    }

    #[test]
    fn never_guesses() {
        for value in [json!(null), json!(""), json!("0"), json!(0), json!("-1"), json!("a lot")] {
            let product = read(json!({
                "package_weight": {"value": value, "unit": "POUND"},
                "package_dimensions": {"length": value, "width": "1", "height": "1", "unit": "INCH"},
            }));
            assert_eq!((product.weight, product.dimensions), (None, None), "{value}");
        }
        assert_eq!(read(json!({"package_weight": {"value": "1"}})).weight, None, "a weight without a unit");
        assert_eq!(read(json!({})), Product { skus: vec![], weight: None, dimensions: None });
    }
}

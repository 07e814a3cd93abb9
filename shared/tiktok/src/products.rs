//! Weight and size of a product's package, which orders do not tell.

use domain::measure::{Length, MeasureError, Weight};
use domain::parcel::Dimensions;
use domain::{ProductId, SkuId};

use crate::access::ShopAccess;
use crate::call::{ApiCall, CallName};
use crate::client::TikTok;
use crate::error::{Argument, Error};
use crate::{paths, wire};

/// A product in TikTok's catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    pub skus: Vec<Sku>,
    /// The package of a variation that has none of its own.
    pub package: Package,
}

/// A variation of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sku {
    pub id: SkuId,
    /// Its package: its own weight, else the product's; its own size, else the product's.
    pub package: Package,
}

/// Weight and size of a product as it is packed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// `None` where TikTok gives none that can be parsed.
    pub weight: Option<Weight>,
    /// `None` where TikTok does not give three sides that can be parsed.
    pub dimensions: Option<Dimensions>,
    /// Why there is no weight, where TikTok gives something that cannot be one.
    pub weight_error: Option<MeasureError>,
}

impl Product {
    /// The package of a variation, or the product's for one that the list does not show.
    pub fn package(&self, sku: &SkuId) -> &Package {
        self.skus.iter().find(|known| known.id == *sku).map_or(&self.package, |known| &known.package)
    }
}

impl TikTok {
    /// A product (Get Product).
    ///
    /// # Errors
    /// As every call: see [`Error`].
    pub async fn product(&self, shop: &ShopAccess, product: &ProductId) -> Result<Product, Error> {
        let name = CallName::PRODUCT;
        if !paths::is_id(product.as_str()) {
            return Err(Error::Unacceptable { call: name, argument: Argument::ProductId });
        }
        let answer: wire::product::Product =
            self.shop_call(shop, ApiCall::get(name, paths::product(product))).await?;
        Ok(convert(answer))
    }
}

fn convert(wire: wire::product::Product) -> Product {
    let package = package(&wire.package_weight, &wire.package_dimensions, "the product");
    let skus = wire.skus.into_iter().filter(|sku| !sku.id.0.is_empty());
    let skus = skus.map(|sku| Sku { package: of_sku(&sku, &package), id: SkuId::new(sku.id.0) }).collect();
    Product { skus, package }
}

fn of_sku(sku: &wire::product::Sku, product: &Package) -> Package {
    let own = package(&sku.sku_weight, &sku.sku_dimensions, &sku.id.0);
    Package {
        weight: own.weight.or(product.weight),
        dimensions: own.dimensions.or(product.dimensions),
        weight_error: match own.weight.or(product.weight) {
            Some(_) => None,
            None => own.weight_error.or_else(|| product.weight_error.clone()),
        },
    }
}

/// Parses weight and size independently. A value that is given and cannot be used, such as a placeholder 0, is logged; `of`
/// says whose it is.
fn package(weight: &wire::product::Weight, size: &wire::product::Dimensions, of: &str) -> Package {
    let mut package = Package::default();
    if !weight.value.is_empty() {
        match Weight::parse(&weight.value, &weight.unit) {
            Ok(weight) => package.weight = Some(weight),
            Err(error) => {
                tracing::warn!(of, %error, "TikTok's weight can't be used");
                package.weight_error = Some(error);
            }
        }
    }
    let sides = [&size.length, &size.width, &size.height];
    if sides.iter().any(|side| !side.is_empty()) {
        let [length, width, height] = sides.map(|side| Length::parse(side, &size.unit));
        match (length, width, height) {
            (Ok(a), Ok(b), Ok(c)) => package.dimensions = Some(Dimensions::new(a, b, c)),
            (Err(error), _, _) | (_, Err(error), _) | (_, _, Err(error)) => {
                tracing::warn!(of, %error, "TikTok's size can't be used");
            }
        }
    }
    package
}

#[cfg(test)]
mod tests {
    use domain::SkuId;
    use domain::measure::{Length, Weight};
    use domain::parcel::Dimensions;
    use serde_json::{Value, json};

    use super::{Package, Product, convert};

    fn read(value: Value) -> Product {
        convert(serde_json::from_value(value).unwrap())
    }

    fn sides(sides: [u32; 3]) -> Option<Dimensions> {
        let [a, b, c] = sides.map(Length::inches);
        Some(Dimensions::new(a, b, c))
    }

    #[test]
    fn parses_weight_and_size() {
        let product = read(json!({
            "skus": [{"id": "5"}, {"id": 6}, {}],
            "package_weight": {"value": "1.5", "unit": "POUND"},
            "package_dimensions": {"length": "4", "width": 12, "height": "6.0", "unit": "INCH"},
        }));
        let package =
            Package { weight: Some(Weight::ounces(24)), dimensions: sides([12, 6, 4]), weight_error: None };
        assert_eq!(product.package, package);
        assert_eq!(product.skus.iter().map(|sku| sku.id.as_str()).collect::<Vec<_>>(), ["5", "6"]);
        for sku in ["5", "6", "not listed"] {
            assert_eq!(product.package(&SkuId::new(sku)), &package, "{sku}");
        }
    }

    /// A product of 16 oz and 8x6x3 in with one variation that has these figures of its own.
    #[track_caller]
    fn check_own(sku: Value, ounces: u32, expect: [u32; 3]) {
        let mut own = sku;
        own["id"] = "7".into();
        let what = own.to_string();
        let product = read(json!({
            "skus": [{"id": "6"}, own],
            "package_weight": {"value": "1", "unit": "POUND"},
            "package_dimensions": {"length": "8", "width": "6", "height": "3", "unit": "INCH"},
        }));
        let package = product.package(&SkuId::new("7"));
        assert_eq!(
            (package.weight, package.dimensions),
            (Some(Weight::ounces(ounces)), sides(expect)),
            "{what}"
        );
        assert_eq!(package.weight_error, None, "{what}");
        let other = product.package(&SkuId::new("6"));
        assert_eq!((other.weight, other.dimensions), (Some(Weight::ounces(16)), sides([8, 6, 3])), "{what}");
    }

    #[test]
    fn a_variation_s_own_weight_and_size_count_independently() {
        let weight = json!({"value": "10", "unit": "POUND"});
        let size = json!({"length": "16", "width": "12", "height": "10", "unit": "INCH"});
        check_own(json!({"sku_weight": weight, "sku_dimensions": size}), 160, [16, 12, 10]);
        check_own(json!({"sku_weight": weight}), 160, [8, 6, 3]);
        check_own(json!({"sku_dimensions": size}), 16, [16, 12, 10]);
        check_own(
            json!({"sku_weight": {"value": 10.0, "unit": "POUND"}, "sku_dimensions": null}),
            160,
            [8, 6, 3],
        );
    }

    #[test]
    fn unusable_figures_of_a_variation_leave_the_product_s() {
        for value in [json!(null), json!(""), json!("0"), json!(0), json!("-1"), json!("a lot"), json!({})] {
            check_own(json!({"sku_weight": {"value": value, "unit": "POUND"}}), 16, [8, 6, 3]);
            let size = json!({"length": value, "width": "1", "height": "1", "unit": "INCH"});
            check_own(json!({"sku_dimensions": size}), 16, [8, 6, 3]);
        }
        check_own(json!({"sku_weight": {"value": "10"}, "sku_dimensions": {"length": "16"}}), 16, [8, 6, 3]);
        check_own(json!({"sku_weight": "10 lb", "sku_dimensions": [16, 12, 10]}), 16, [8, 6, 3]);
    }

    #[test]
    fn never_guesses_and_says_what_is_wrong() {
        let error = |value: Value| {
            let product = read(json!({
                "package_weight": {"value": value, "unit": "POUND"},
                "package_dimensions": {"length": value, "width": "1", "height": "1", "unit": "INCH"},
            }));
            assert_eq!((product.package.weight, product.package.dimensions), (None, None), "{value}");
            product.package.weight_error.map(|error| error.to_string())
        };
        assert_eq!(error(json!(null)), None);
        assert_eq!(error(json!("")), None);
        assert_eq!(error(json!("0")).as_deref(), Some("0 is zero"));
        assert_eq!(error(json!(0.0)).as_deref(), Some("0 is zero"));
        assert_eq!(error(json!("-1")).as_deref(), Some("-1 is negative"));
        assert!(error(json!("a lot")).unwrap().contains("is not a number"));
        let without_unit = read(json!({"package_weight": {"value": "1"}})).package;
        assert!(without_unit.weight.is_none());
        assert!(without_unit.weight_error.unwrap().to_string().starts_with("the unit is missing"));
        assert_eq!(read(json!({})), Product { skus: vec![], package: Package::default() });
    }

    #[test]
    fn weights_may_have_many_digits() {
        let weight = |value: Value| {
            read(json!({"package_weight": {"value": value, "unit": "POUND"}})).package.weight.unwrap()
        };
        assert_eq!(weight(json!(0.769_999_999_999_999_9)).tenth_ounces_up(), 124);
        assert_eq!(weight(json!("1.1023113109243878")).tenth_ounces_up(), 177);
    }
}

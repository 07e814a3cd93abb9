//! What a customs form says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use crate::measure::Weight;
use crate::money::{Currency, Money};
use crate::order::LineItem;
use crate::parcel::{CatalogueItem, catalogue_entry};
use crate::private::Private;

/// The most characters of a description: "Product description" of UPS takes 35, the forms of USPS a few more.
pub const DESCRIPTION_CHARS_MAX: usize = 35;
/// From this value on an export filing is needed, whose number is the seller's to get ("NOEEI 30.37(a)" is for less
/// than 2,500 USD: 15 CFR 30.37(a)).
const FILED_FROM: Money = Money::usd(250_000);

/// What the seller declares in its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Customs {
    /// Who certifies the forms: a person.
    pub signer: Private<String>,
    /// Where the products are made, by ISO 3166-1 alpha-2, unless a product says otherwise.
    pub origin_country: String,
    /// The tariff number of the products, unless a product says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hs_code: Option<String>,
    /// What becomes of a parcel that can't be delivered.
    #[serde(default)]
    pub non_delivery: NonDelivery,
    /// What differs, by the seller's own SKU.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub products: BTreeMap<String, ProductDeclaration>,
}

/// What the seller declares of one product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProductDeclaration {
    /// What it is, in place of the product's title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it is made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin_country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hs_code: Option<String>,
}

/// What becomes of a parcel that can't be delivered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NonDelivery {
    #[default]
    Return,
    /// It is given up.
    Abandon,
}

/// A customs form of merchandise worth less than 2,500 USD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomsForm {
    pub signer: Private<String>,
    /// What becomes of the parcel when it can't be delivered.
    pub non_delivery: NonDelivery,
    /// What is in the parcel, one entry a SKU.
    pub items: Vec<CustomsItem>,
}

/// The units of one SKU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomsItem {
    /// What they are, in printable ASCII.
    pub description: String,
    pub quantity: u32,
    /// What all of them cost the buyer.
    pub value: Money,
    /// What all of them weigh.
    pub weight: Weight,
    /// Where they are made.
    pub origin_country: String,
    pub hs_code: Option<String>,
    /// The seller's own name of the SKU; empty when there is none.
    pub seller_sku: String,
}

/// Why no form can be made. In words for the seller: what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CustomsFormError {
    /// The seller declares nothing.
    #[error(
        "the shop's settings have no customs declaration: enter who signs and where the products are made"
    )]
    NotDeclared,
    /// A product has no price: its value is the seller's to say.
    #[error("{sku} has no price that can be declared")]
    NoPrice {
        /// The SKU, by the seller's name where there is one.
        sku: String,
    },
    /// Priced in another currency than the form is in.
    #[error("{sku} is not priced in USD")]
    OtherCurrency {
        /// The SKU, by the seller's name where there is one.
        sku: String,
    },
    /// Nothing of the title can be printed.
    #[error("the title of {sku} can't be printed on the form: enter a description for it in the settings")]
    NoDescription {
        /// The SKU, by the seller's name where there is one.
        sku: String,
    },
    /// Its weight is not known.
    #[error("the weight of {sku} is unknown")]
    NoWeight {
        /// The SKU, by the seller's name where there is one.
        sku: String,
    },
    /// It has to be filed with the government first.
    #[error("the parcel is worth {0}: an export filing (ITN) is needed from 2,500 USD")]
    TooValuable(Money),
}

/// Makes the form of a parcel with `items`, whose weights are in `catalogue`, as the seller's settings `declared`.
///
/// # Errors
/// With the first thing that is missing.
pub fn customs_form<'a>(
    items: impl IntoIterator<Item = &'a LineItem>,
    catalogue: &[CatalogueItem],
    declared: Option<&Customs>,
) -> Result<CustomsForm, CustomsFormError> {
    let customs = declared.ok_or(CustomsFormError::NotDeclared)?;
    let mut lines: Vec<(&LineItem, CustomsItem)> = Vec::new();
    for item in items {
        let unit = unit(item, catalogue, customs)?;
        match lines.iter_mut().find(|(of, _)| of.sku == item.sku) {
            Some((_, line)) => {
                line.quantity += 1;
                line.value =
                    line.value.plus(unit.value).map_err(|_| CustomsFormError::TooValuable(line.value))?;
                line.weight = line.weight.plus(unit.weight);
            }
            None => lines.push((item, unit)),
        }
    }
    let items: Vec<CustomsItem> = lines.into_iter().map(|(_, line)| line).collect();
    let mut total = Money::usd(0);
    for item in &items {
        total = total.plus(item.value).map_err(|_| CustomsFormError::TooValuable(total))?;
    }
    if total.minor >= FILED_FROM.minor {
        return Err(CustomsFormError::TooValuable(total));
    }
    Ok(CustomsForm { signer: customs.signer.clone(), non_delivery: customs.non_delivery, items })
}

fn unit(
    item: &LineItem,
    catalogue: &[CatalogueItem],
    customs: &Customs,
) -> Result<CustomsItem, CustomsFormError> {
    let sku = || match item.seller_sku.as_str() {
        "" => format!("SKU {}", item.sku),
        name => format!("SKU {name}"),
    };
    // A gift has a value, too, and a form with none is refused.
    let price =
        item.price.filter(|price| price.minor > 0).ok_or_else(|| CustomsFormError::NoPrice { sku: sku() })?;
    if price.currency != Currency::USD {
        return Err(CustomsFormError::OtherCurrency { sku: sku() });
    }
    let weight = catalogue_entry(item, catalogue).and_then(|entry| entry.weight);
    let own = customs.products.get(&item.seller_sku);
    let title = own.and_then(|own| own.description.as_ref()).unwrap_or(&item.name);
    Ok(CustomsItem {
        description: printable(title).ok_or_else(|| CustomsFormError::NoDescription { sku: sku() })?,
        quantity: 1,
        value: price,
        weight: weight.ok_or_else(|| CustomsFormError::NoWeight { sku: sku() })?,
        origin_country: own
            .and_then(|own| own.origin_country.as_ref())
            .unwrap_or(&customs.origin_country)
            .clone(),
        hs_code: own.and_then(|own| own.hs_code.as_ref()).or(customs.hs_code.as_ref()).cloned(),
        seller_sku: item.seller_sku.clone(),
    })
}

/// The title as far as a form can print it, cut at a word; `None` when too little of it is left to say what it is.
fn printable(title: &str) -> Option<String> {
    const LETTERS_MIN: usize = 3;
    // A letter is printed without its accent: `Crème` says what it is as `Creme`, and as `Cr me` nothing.
    let plain = title.nfkd().filter(|c| !is_combining_mark(*c));
    let ascii: String = plain.map(|c| if c.is_ascii_graphic() { c } else { ' ' }).collect();
    let mut short = String::new();
    for word in ascii.split_whitespace() {
        let space = usize::from(!short.is_empty());
        if short.len() + space + word.len() > DESCRIPTION_CHARS_MAX {
            break;
        }
        if space == 1 {
            short.push(' ');
        }
        short.push_str(word);
    }
    if short.is_empty() {
        short = ascii.trim().chars().take(DESCRIPTION_CHARS_MAX).collect();
    }
    (short.chars().filter(char::is_ascii_alphabetic).count() >= LETTERS_MIN).then_some(short)
}

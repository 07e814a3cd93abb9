//! What goes into the parcel: weights and sizes from the shop's catalogue.

mod packing;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::SkuId;
use crate::measure::{Length, Weight};
use crate::order::LineItem;
use crate::rates::taken_by_any_service;

/// Three sides of a box, longest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dimensions {
    pub length: Length,
    pub width: Length,
    pub height: Length,
}

impl Dimensions {
    /// Takes three sides in any order.
    pub fn new(a: Length, b: Length, c: Length) -> Self {
        let mut sides = [a, b, c];
        sides.sort_unstable();
        let [height, width, length] = sides;
        Self { length, width, height }
    }

    /// The length plus twice width and height, by which carriers limit parcels.
    pub fn length_and_girth(&self) -> Length {
        let half = self.width.plus(self.height);
        self.length.plus(half.plus(half))
    }
}

/// The packed weight and size of one unit of a SKU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogueItem {
    /// TikTok's id of the SKU; in an import it may be the seller's own name.
    pub sku: SkuId,
    pub weight: Option<Weight>,
    pub dimensions: Option<Dimensions>,
    /// Where the figures come from.
    pub source: CatalogueSource,
    /// When they were read.
    pub read_at: Timestamp,
}

/// Where weights and sizes come from. The seller's own file wins over TikTok's product detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatalogueSource {
    TikTok,
    Import,
}

/// A parcel to be rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// The sum of the units' weights.
    pub weight: Weight,
    /// The box, if every unit's size is known. For several units it is one into which they can be packed.
    pub dimensions: Option<Dimensions>,
}

impl Parcel {
    /// A parcel of which nothing is known: for a label that needs no measures.
    pub fn unmeasured() -> Self {
        Self { weight: Weight::ounces(0), dimensions: None }
    }
}

/// Why there is no parcel. Weights are never guessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ParcelError {
    /// The shipment has no unit.
    #[error("the shipment has no items")]
    Empty,
    /// The catalogue has no weight for these SKUs.
    #[error("no weight is known for SKU {}", skus.iter().map(SkuId::as_str).collect::<Vec<_>>().join(", "))]
    WeightUnknown { skus: Vec<SkuId> },
    /// No carrier takes the items together as one parcel.
    #[error("together the items are {}, more than any carrier takes as one parcel", size(.0))]
    TooLarge(Parcel),
}

/// Weight and size in pounds and inches, rounded up.
fn size(parcel: &Parcel) -> String {
    let pounds = parcel.weight.pounds_up();
    match parcel.dimensions {
        Some(Dimensions { length, width, height }) => {
            let [length, width, height] = [length, width, height].map(Length::inches_up);
            format!("{pounds} lb and {length}x{width}x{height} in")
        }
        None => format!("{pounds} lb"),
    }
}

/// The entry for an item: what the seller imported, otherwise what TikTok says.
pub fn catalogue_entry<'a>(item: &LineItem, catalogue: &'a [CatalogueItem]) -> Option<&'a CatalogueItem> {
    let imported = |entry: &&CatalogueItem| entry.source == CatalogueSource::Import;
    // Only a seller's file uses the seller's names; an item without one does not match a row without one.
    let by_name = |entry: &&CatalogueItem| {
        imported(entry) && !item.seller_sku.is_empty() && entry.sku.as_str() == item.seller_sku
    };
    let is_of = |entry: &&CatalogueItem| entry.sku == item.sku || by_name(entry);
    catalogue.iter().filter(is_of).find(imported).or_else(|| catalogue.iter().find(is_of))
}

/// Packs `items`: weights add up, and the units are laid side by side and in layers. If one size is unknown, the parcel has
/// none, and no dimensional weight is computed.
///
/// # Errors
/// If a weight is unknown, or no carrier takes the items as one parcel.
pub fn pack<'a>(
    items: impl IntoIterator<Item = &'a LineItem>,
    catalogue: &[CatalogueItem],
) -> Result<Parcel, ParcelError> {
    let mut unknown: Vec<SkuId> = Vec::new();
    let mut total: Option<Weight> = None;
    let mut boxes: Option<Vec<Dimensions>> = Some(Vec::new());
    for item in items {
        let entry = catalogue_entry(item, catalogue);
        let Some(weight) = entry.and_then(|entry| entry.weight) else {
            if !unknown.contains(&item.sku) {
                unknown.push(item.sku.clone());
            }
            continue;
        };
        total = Some(total.map_or(weight, |total| total.plus(weight)));
        boxes = boxes.zip(entry.and_then(|entry| entry.dimensions)).map(|(mut boxes, next)| {
            boxes.push(next);
            boxes
        });
    }
    if !unknown.is_empty() {
        return Err(ParcelError::WeightUnknown { skus: unknown });
    }
    let weight = total.ok_or(ParcelError::Empty)?;
    let parcel = Parcel { weight, dimensions: boxes.and_then(|boxes| packing::pack_box(&boxes)) };
    if taken_by_any_service(&parcel) { Ok(parcel) } else { Err(ParcelError::TooLarge(parcel)) }
}

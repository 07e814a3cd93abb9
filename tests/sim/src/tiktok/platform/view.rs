//! What a test may look at.

use super::PlatformPackage;

/// Who bought a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoughtBy {
    /// The app, by a call.
    App,
    /// A person in Seller Center.
    Person,
}

/// A package with the platform's label, as it stands. Each is a parcel that is paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformPackageView {
    pub id: String,
    pub order_ids: Vec<String>,
    /// The units in it.
    pub line_ids: Vec<String>,
    pub bought_by: BoughtBy,
    pub tracking_number: String,
    /// The estimate of the service that was booked.
    pub price_cents: u64,
    /// The weight that was sent, in grams.
    pub grams: Option<u64>,
    /// `PICKUP` with the start of its slot in Unix seconds, `DROP_OFF`, or as the warehouse is set up.
    pub handover: Option<(String, Option<i64>)>,
    /// How often its label was handed out.
    pub labels_issued: u64,
}

impl From<&PlatformPackage> for PlatformPackageView {
    fn from(package: &PlatformPackage) -> Self {
        let weight = &package.measures.0;
        let grams = weight["value"].as_str().filter(|_| weight["unit"] == "GRAM");
        Self {
            id: package.id.clone(),
            order_ids: package.order_ids.clone(),
            line_ids: package.line_ids.clone(),
            bought_by: package.bought_by,
            tracking_number: package.tracking_number.clone(),
            price_cents: package.service.price_cents,
            grams: grams.and_then(|grams| grams.parse().ok()),
            handover: package.handover.clone(),
            labels_issued: package.issued,
        }
    }
}

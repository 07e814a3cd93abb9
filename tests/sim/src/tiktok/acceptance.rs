//! Which carriers' labels the platform accepts: the providers of a shop, the platform's dated rules, and what a test tells it
//! to refuse.

use std::collections::BTreeSet;

use super::logistics::{Provider, market_providers};
use super::reply::ApiError;
use super::{Region, SellerType, ShopSpec, TikTok};
use crate::lock::locked;

/// Labels that are refused since a moment. `None` stands for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelRule {
    pub region: Region,
    /// The kind of seller.
    pub seller: Option<SellerType>,
    pub provider: Option<&'static str>,
    /// From then on, in Unix seconds.
    pub since: i64,
}

/// 2025-12-15: sellers from abroad ship with the platform's labels only.
const CROSS_BORDER_SINCE: i64 = 1_765_756_800;
/// 2026-01-01: the Postal Service's labels are the platform's only.
const USPS_SINCE: i64 = 1_767_225_600;

impl LabelRule {
    /// The rules of the platform as they are published.
    pub const PUBLISHED: [Self; 2] = [
        Self {
            region: Region::Us,
            seller: Some(SellerType::CrossBorder),
            provider: None,
            since: CROSS_BORDER_SINCE,
        },
        Self { region: Region::Us, seller: None, provider: Some("USPS"), since: USPS_SINCE },
    ];

    fn refuses(&self, shop: &ShopSpec, provider: &Provider, now: i64) -> bool {
        self.region == shop.region
            && self.seller.is_none_or(|seller| seller == shop.seller)
            && self.provider.is_none_or(|name| name == provider.name)
            && now >= self.since
    }
}

/// What a test decides about providers.
#[derive(Debug, Default)]
pub(crate) struct Acceptance {
    /// The names of those that are listed; `None` lists all of the market.
    listed: Option<BTreeSet<String>>,
    /// The names of those whose labels are refused although they are listed.
    refused: BTreeSet<String>,
    refusals: u64,
}

impl Acceptance {
    /// The providers that a seller may name.
    pub(crate) fn providers(&self, region: Region) -> impl Iterator<Item = &'static Provider> {
        market_providers(region)
            .iter()
            .filter(|provider| self.listed.as_ref().is_none_or(|listed| listed.contains(provider.name)))
    }

    /// Refuses a label that the rules or the test do not allow.
    pub(crate) fn check(
        &mut self,
        rules: &[LabelRule],
        shop: &ShopSpec,
        provider: &Provider,
        now: i64,
    ) -> Result<(), ApiError> {
        let listed = self.providers(shop.region).any(|known| known.id == provider.id);
        let barred = rules.iter().any(|rule| rule.refuses(shop, provider, now));
        if listed && !barred && !self.refused.contains(provider.name) {
            return Ok(());
        }
        self.refusals += 1;
        Err(ApiError::business(21_011_022, "The label has failed verification."))
    }
}

impl TikTok {
    /// From now on only these providers, by name, are listed in the delivery options.
    pub fn list_providers(&self, names: &[&str]) {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        locked(&self.core().state).acceptance.listed = Some(names);
    }

    /// Labels of a provider are refused from now on, by its name.
    pub fn refuse_labels_of(&self, provider: &str) {
        locked(&self.core().state).acceptance.refused.insert(provider.to_owned());
    }

    /// Labels of a provider are accepted again, unless a rule refuses them.
    pub fn accept_labels_of(&self, provider: &str) {
        locked(&self.core().state).acceptance.refused.remove(provider);
    }

    /// How many tracking numbers were refused for their provider.
    pub fn labels_refused(&self) -> u64 {
        locked(&self.core().state).acceptance.refusals
    }
}

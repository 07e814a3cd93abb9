//! Which of TikTok's shipping providers is which carrier.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::rates::Carrier;
use domain::{DeliveryOptionId, ProviderId, ShopId, Timestamp};
use jiff::SignedDuration;

/// How long the providers of a delivery option are cached: they change with TikTok's contracts, and labels are chosen by
/// them.
const TTL: SignedDuration = SignedDuration::from_hours(6);

/// A shipping provider of TikTok's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShippingProvider {
    pub id: ProviderId,
    pub name: String,
}

/// The provider that is `carrier`. Whole names are compared, without letter case and punctuation: `UPS` is not
/// `UPS Mail Innovations`, and `DHL` (express) is not `DHL eCommerce`. Where no name is the carrier's, one that differs only
/// by a country, a legal form or a remark in brackets is taken, if there is just one.
pub fn provider_for(carrier: Carrier, providers: &[ShippingProvider]) -> Option<&ShippingProvider> {
    let names = names(carrier);
    let exact = names.iter().find_map(|name| providers.iter().find(|p| normalized(&p.name) == *name));
    exact.or_else(|| {
        let mut alike = providers.iter().filter(|p| names.contains(&bare(&p.name).as_str()));
        alike.next().filter(|_| alike.next().is_none())
    })
}

/// The carriers that are among `providers`.
pub fn carriers_of(providers: &[ShippingProvider]) -> Vec<Carrier> {
    Carrier::KNOWN.into_iter().filter(|carrier| provider_for(*carrier, providers).is_some()).collect()
}

/// The carrier of this name at TikTok.
pub fn carrier_named(name: &str) -> Carrier {
    let is_named = |carrier: &Carrier| {
        let names = names(*carrier);
        names.contains(&normalized(name).as_str()) || names.contains(&bare(name).as_str())
    };
    Carrier::KNOWN.into_iter().find(is_named).unwrap_or(Carrier::Other)
}

/// The carrier's names at TikTok, the usual one first.
fn names(carrier: Carrier) -> &'static [&'static str] {
    match carrier {
        Carrier::Usps => &["usps", "unitedstatespostalservice", "uspostalservice"],
        Carrier::Ups => &["ups", "unitedparcelservice"],
        Carrier::FedEx => &["fedex", "federalexpress"],
        Carrier::DhlEcommerce => &["dhlecommerce", "dhlecommercesolutions", "dhlglobalmail"],
        Carrier::Amazon => &["amazonlogistics", "amazonshipping", "amazon"],
        Carrier::Other => &[],
    }
}

fn normalized(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The name without brackets, country and legal form.
fn bare(name: &str) -> String {
    const ADDITIONS: [&str; 12] =
        ["us", "usa", "uk", "gb", "de", "fr", "it", "es", "ie", "inc", "america", "americas"];
    let before_bracket = name.split(['(', '[']).next().unwrap_or_default();
    before_bracket
        .split(|c: char| !c.is_alphanumeric())
        .map(normalized)
        .filter(|word| !ADDITIONS.contains(&word.as_str()))
        .collect()
}

/// A cache of the providers of delivery options.
#[derive(Default)]
pub struct ProviderCache {
    entries: Mutex<HashMap<(ShopId, DeliveryOptionId), CachedProviders>>,
}

struct CachedProviders {
    read_at: Timestamp,
    providers: Vec<ShippingProvider>,
}

impl ProviderCache {
    /// What was read less than [`TTL`] ago, and not before `since`.
    pub fn get(
        &self,
        shop: &ShopId,
        option: &DeliveryOptionId,
        since: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Vec<ShippingProvider>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(&(shop.clone(), option.clone()))?;
        let current =
            now.duration_since(entry.read_at) < TTL && since.is_none_or(|since| entry.read_at >= since);
        current.then(|| entry.providers.clone())
    }

    /// An empty list is not cached: the seller may be setting the option up right now.
    pub fn put(
        &self,
        shop: &ShopId,
        option: &DeliveryOptionId,
        now: Timestamp,
        providers: &[ShippingProvider],
    ) {
        if providers.is_empty() {
            return;
        }
        let entry = CachedProviders { read_at: now, providers: providers.to_vec() };
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert((shop.clone(), option.clone()), entry);
    }
}

#[cfg(test)]
mod tests {
    use domain::rates::Carrier;
    use domain::{DeliveryOptionId, ProviderId, ShopId, Timestamp};
    use jiff::SignedDuration;

    use super::{ProviderCache, ShippingProvider, provider_for};

    fn providers(names: &[&str]) -> Vec<ShippingProvider> {
        names
            .iter()
            .map(|name| ShippingProvider { id: ProviderId::new(*name), name: (*name).into() })
            .collect()
    }

    #[track_caller]
    fn check(carrier: Carrier, names: &[&str], expect: Option<&str>) {
        let providers = providers(names);
        assert_eq!(
            provider_for(carrier, &providers).map(|p| p.name.as_str()),
            expect,
            "{carrier:?} in {names:?}"
        );
    }

    #[test]
    fn tells_providers_apart() {
        let all = [
            "UPS Mail Innovations",
            "USPS",
            "DHL",
            "DHL express",
            "UPS",
            "DHL eCommerce",
            "FedEx SmartPost",
            "FedEx",
            "Amazon Logistics",
            "OnTrac",
        ];
        check(Carrier::Usps, &all, Some("USPS"));
        check(Carrier::Ups, &all, Some("UPS"));
        check(Carrier::FedEx, &all, Some("FedEx"));
        check(Carrier::DhlEcommerce, &all, Some("DHL eCommerce"));
        check(Carrier::Amazon, &all, Some("Amazon Logistics"));
        check(Carrier::Other, &all, None);
    }

    #[test]
    fn other_products_of_the_same_company_do_not_match() {
        check(Carrier::Ups, &["UPS Mail Innovations", "USPS"], None);
        check(Carrier::DhlEcommerce, &["DHL", "DHL express", "DHL UK"], None);
        check(Carrier::FedEx, &["FedEx SmartPost"], None);
        check(Carrier::Usps, &[], None);
    }

    #[test]
    fn ignores_case_punctuation_and_additions() {
        check(Carrier::FedEx, &["FEDEX"], Some("FEDEX"));
        check(Carrier::Ups, &["U.P.S."], Some("U.P.S."));
        check(Carrier::DhlEcommerce, &["DHL e-Commerce"], Some("DHL e-Commerce"));
        check(Carrier::DhlEcommerce, &["DHL", "DHL eCommerce US"], Some("DHL eCommerce US"));
        check(
            Carrier::Usps,
            &["USPS (United States Postal Service)"],
            Some("USPS (United States Postal Service)"),
        );
        check(Carrier::Ups, &["UPS UK", "UPS US"], None);
        check(Carrier::Ups, &["UPS UK", "UPS"], Some("UPS"));
    }

    #[test]
    fn caches_for_some_hours() {
        let cache = ProviderCache::default();
        let (shop, option) = (ShopId::new("s"), DeliveryOptionId::new("o"));
        let now = Timestamp::UNIX_EPOCH;
        cache.put(&shop, &option, now, &[]);
        assert_eq!(cache.get(&shop, &option, None, now), None);
        cache.put(&shop, &option, now, &providers(&["USPS"]));
        assert!(cache.get(&shop, &option, None, now + SignedDuration::from_hours(5)).is_some());
        assert_eq!(cache.get(&shop, &option, None, now + SignedDuration::from_hours(6)), None);
        let later = now + SignedDuration::from_secs(1);
        assert!(cache.get(&shop, &option, Some(now), later).is_some());
        assert_eq!(cache.get(&shop, &option, Some(later), later), None, "a person may have changed it");
        assert_eq!(cache.get(&ShopId::new("t"), &option, None, now), None);
    }
}

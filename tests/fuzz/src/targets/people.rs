//! What people write: settings, remedies, a catalogue.

use std::collections::HashSet;

use domain::ShopId;
use domain::settings::AllSettings;
use punctual::catalogue_file;
use remedy::RemedyRequest;
use serde_json::Value;

use super::{back_from_storage, now};

/// The seller's settings.
pub fn settings(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else { return false };
    let Ok(settings) = AllSettings::read(text) else { return false };
    // Not their own check but their form: what is shown of them can be given back.
    let shown = serde_json::to_string(&settings).unwrap();
    assert_eq!(AllSettings::read(&shown).as_ref(), Ok(&settings), "what was taken is taken again");
    for shop in settings.shops.keys() {
        assert_eq!(settings.for_shop(shop), &settings.shops[shop]);
    }
    assert_eq!(settings.for_shop(&ShopId::new("no shop's id")), &settings.default);
    true
}

/// A request for a remedy.
pub fn remedy(text: &[u8]) -> bool {
    let Ok(value) = serde_json::from_slice::<Value>(text) else { return false };
    let Ok(request) = RemedyRequest::try_from(value) else { return false };
    assert!(!request.shop.as_str().is_empty(), "a remedy for no shop");
    assert!(request.orders.iter().all(|order| !order.as_str().is_empty()), "a remedy for no order");
    drop(back_from_storage(&request.remedy));
    true
}

/// A seller's CSV file.
pub fn catalogue(file: &[u8]) -> bool {
    match catalogue_file::read(file, now()) {
        Ok(items) => {
            assert!(!items.is_empty(), "nothing was imported, and nobody is told");
            let skus: HashSet<_> = items.iter().map(|item| &item.sku).collect();
            assert_eq!(skus.len(), items.len(), "a SKU twice");
            for item in &items {
                assert!(!item.sku.as_str().trim().is_empty(), "a weight of nothing");
                assert!(item.weight.is_none_or(|weight| weight.pounds_up() > 0), "a thing without weight");
                drop(back_from_storage(item));
            }
            true
        }
        Err(error) => {
            let told = error.to_string();
            assert!(!told.is_empty() && told.lines().count() < 30, "{told}");
            false
        }
    }
}

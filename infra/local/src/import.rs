//! `import-catalogue`: reads a seller's file, stores it, and says what came of it and what will never match.

use std::collections::{BTreeSet, HashMap, HashSet};

use anyhow::Context as _;
use backend::{CatalogueStore, OrderFilter, OrderStore, ShopList, ShopStore};
use backend_sqlite::SqliteBackend;
use config::environment;
use domain::parcel::{CatalogueItem, CatalogueSource};
use domain::{ShopId, SkuId};
use system::{Clock as _, SystemClock};

use crate::args::Import;
use crate::catalogue_file;
use crate::config::data_folder;
use crate::progress::say;

/// How many SKUs a warning names.
const NAMED: usize = 20;
/// How many orders are read at once.
const PAGE: usize = 200;

/// Imports the file.
///
/// # Errors
/// When a line can't be used, there is none, or the shop is not connected; then nothing is imported.
pub async fn apply(import: &Import) -> anyhow::Result<()> {
    let data = data_folder(&environment)?;
    let name = import.file.display().to_string();
    let bytes = std::fs::read(&import.file).with_context(|| name.clone())?;
    let items = catalogue_file::read(&bytes, SystemClock.now()).with_context(|| name)?;
    let backend = SqliteBackend::open(&data, std::sync::Arc::new(SystemClock))?;
    let shop = ShopId::new(import.shop.as_str());
    check_shop(&backend, &shop).await?;
    let skus: Vec<SkuId> = items.iter().map(|item| item.sku.clone()).collect();
    let before = backend.get_items(&shop, &skus).await?;
    let unmatched = unmatched(&backend, &shop, &skus, &before).await?;
    backend.put_items(&shop, &items).await?;
    say(&Changes::of(&items, &before).to_string());
    match unmatched {
        None => say("Whether the SKUs match can't be told yet: no order of this shop is stored."),
        Some(unmatched) if unmatched.is_empty() => {}
        Some(unmatched) => say(&warning(&unmatched)),
    }
    Ok(())
}

/// A shop that is not connected, among others that are, is a typing error. Before the first one is, all are welcome.
async fn check_shop(shops: &dyn ShopStore, shop: &ShopId) -> anyhow::Result<()> {
    let ShopList { shops, unreadable } = shops.list_shops().await?;
    let ids = shops.into_iter().map(|shop| shop.value.id).chain(unreadable);
    let connected: Vec<String> = ids.map(|id| id.to_string()).collect();
    anyhow::ensure!(
        connected.is_empty() || connected.iter().any(|id| id == shop.as_str()),
        "nothing was imported: shop {shop} is not connected; connected are {}",
        connected.join(", ")
    );
    Ok(())
}

/// The SKUs that neither an order of the shop nor a product that was read for one has; `None` where there is nothing to
/// compare with.
async fn unmatched(
    orders: &dyn OrderStore,
    shop: &ShopId,
    skus: &[SkuId],
    known: &[CatalogueItem],
) -> anyhow::Result<Option<Vec<SkuId>>> {
    let from_products = known.iter().filter(|item| item.source == CatalogueSource::TikTok);
    let matched: HashSet<&SkuId> = from_products.map(|item| &item.sku).collect();
    let mut missing: BTreeSet<&str> =
        skus.iter().filter(|sku| !matched.contains(sku)).map(SkuId::as_str).collect();
    let mut compared = !matched.is_empty();
    let filter = OrderFilter { shop: Some(shop.clone()), ..OrderFilter::default() };
    let mut cursor: Option<String> = None;
    while !missing.is_empty() {
        let page = orders.list_orders(&filter, cursor.as_deref(), PAGE).await?;
        for item in page.orders.iter().flat_map(|record| &record.order.items) {
            compared = true;
            missing.remove(item.sku.as_str());
            missing.remove(item.seller_sku.as_str());
        }
        match page.next {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    let of_file = |sku: &&SkuId| missing.contains(sku.as_str());
    Ok(compared.then(|| skus.iter().filter(of_file).cloned().collect()))
}

/// What an import did to what was imported before.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    new: usize,
    changed: usize,
    unchanged: usize,
}

impl Changes {
    fn of(items: &[CatalogueItem], before: &[CatalogueItem]) -> Self {
        let imported = before.iter().filter(|item| item.source == CatalogueSource::Import);
        let before: HashMap<&SkuId, &CatalogueItem> = imported.map(|item| (&item.sku, item)).collect();
        let mut changes = Self::default();
        for item in items {
            match before.get(&item.sku) {
                None => changes.new += 1,
                Some(old) if (old.weight, old.dimensions) == (item.weight, item.dimensions) => {
                    changes.unchanged += 1;
                }
                Some(_) => changes.changed += 1,
            }
        }
        changes
    }
}

impl std::fmt::Display for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { new, changed, unchanged } = self;
        let skus = skus(new + changed + unchanged);
        write!(f, "{skus} imported: {new} new, {changed} changed, {unchanged} unchanged.")
    }
}

fn skus(count: usize) -> String {
    if count == 1 { "1 SKU".to_owned() } else { format!("{count} SKUs") }
}

fn warning(unmatched: &[SkuId]) -> String {
    let named: Vec<&str> = unmatched.iter().take(NAMED).map(SkuId::as_str).collect();
    let more = match unmatched.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if unmatched.len() == 1 { "is" } else { "are" };
    format!(
        "Warning: {} {verb} in no order of this shop so far, nor in the products of its orders. Check them for typing \
         errors: {}{more}.",
        skus(unmatched.len()),
        named.join(", ")
    )
}

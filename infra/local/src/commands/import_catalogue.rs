//! `punctual import-catalogue`: reads a seller's file, stores it, and says what changed and which SKUs match no order.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use anyhow::Context as _;
use backend::{OrderFilter, OrderStore, ShopList, ShopStore};
use domain::parcel::{CatalogueItem, CatalogueSource};
use domain::{ShopId, SkuId};
use serde::{Deserialize, Serialize};
use system::{Clock as _, SystemClock};

use super::Completion;
use crate::catalogue_file;
use crate::cli::ImportCatalogueArgs;
use crate::control::{self, DataStores, Operation};
use crate::text::note;

/// How many SKUs a warning names.
const SKUS_NAMED: usize = 20;
/// How many orders are read at once.
const PAGE: usize = 200;

#[derive(Deserialize, Serialize)]
pub(crate) struct ImportCatalogue {
    shop: ShopId,
    items: Vec<CatalogueItem>,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct ImportReport {
    #[serde(flatten)]
    changes: ImportChanges,
    /// SKUs that match no order; none when there is nothing to compare with.
    unmatched: Option<Vec<SkuId>>,
}

impl Operation for ImportCatalogue {
    const NAME: &'static str = "import_catalogue";
    const TIMEOUT: Duration = Duration::from_secs(300);
    const IF_REPLY_LOST: &'static str = "the catalogue may have been imported: run the command again";
    type Context = DataStores;
    type Reply = ImportReport;

    async fn perform(self, DataStores { backend, .. }: &DataStores) -> anyhow::Result<ImportReport> {
        let Self { shop, items } = self;
        check_shop(&*backend.shops, &shop).await?;
        let skus: Vec<SkuId> = items.iter().map(|item| item.sku.clone()).collect();
        let before = backend.catalogue.get_items(&shop, &skus).await?;
        let unmatched = unmatched(&*backend.orders, &shop, &skus, &before).await?;
        backend.catalogue.put_items(&shop, &items).await?;
        Ok(ImportReport { changes: ImportChanges::of(&items, &before), unmatched })
    }
}

pub(super) async fn execute(args: ImportCatalogueArgs) -> anyhow::Result<Completion> {
    let name = args.file.display().to_string();
    let bytes = std::fs::read(&args.file).with_context(|| name.clone())?;
    let items = catalogue_file::read(&bytes, SystemClock.now()).with_context(|| name)?;
    let operation = ImportCatalogue { shop: ShopId::new(args.shop), items };
    let (report, _) = control::perform(operation, &args.data.variables()).await?;
    if args.output.json {
        super::print_json(&report)?;
        return Ok(Completion::Done);
    }
    note(&report.changes.to_string());
    match report.unmatched {
        None => note("The SKUs can't be checked yet: no order of this shop is stored."),
        Some(unmatched) if unmatched.is_empty() => {}
        Some(unmatched) => note(&warning(&unmatched)),
    }
    Ok(Completion::Done)
}

/// A shop that is not connected, while others are, is a mistyped one. Before the first shop is connected, any id is accepted.
async fn check_shop(shops: &dyn ShopStore, shop: &ShopId) -> anyhow::Result<()> {
    let ShopList { shops, unreadable } = shops.list_shops().await?;
    let ids = shops.into_iter().map(|shop| shop.value.id).chain(unreadable);
    let connected: Vec<String> = ids.map(|id| id.to_string()).collect();
    anyhow::ensure!(
        connected.is_empty() || connected.iter().any(|id| id == shop.as_str()),
        "nothing was imported: shop {shop} is not connected; connected shops: {}",
        connected.join(", ")
    );
    Ok(())
}

/// The SKUs that neither an order of the shop nor a product that was read for one has; `None` when nothing is stored that
/// they could be compared with.
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

/// How an import differs from what was imported before.
#[derive(Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
struct ImportChanges {
    new: usize,
    changed: usize,
    unchanged: usize,
}

impl ImportChanges {
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

impl std::fmt::Display for ImportChanges {
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
    let named: Vec<&str> = unmatched.iter().take(SKUS_NAMED).map(SkuId::as_str).collect();
    let more = match unmatched.len().saturating_sub(SKUS_NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if unmatched.len() == 1 { "is" } else { "are" };
    format!(
        "Warning: {} {verb} in no order of this shop so far, nor among the products of its orders. Check for typing \
         errors: {}{more}.",
        skus(unmatched.len()),
        named.join(", ")
    )
}

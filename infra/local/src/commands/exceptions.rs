//! `punctual exceptions`: what people have to look at, and what to do about it.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::time::Duration;

use backend::{Backend, OrderFilter};
use domain::exception::{Exception, ExceptionKind, Priority};
use domain::recipient::Language;
use domain::{OrderId, ShipmentId, ShopId, Timestamp};
use serde::{Deserialize, Serialize};

use super::Completion;
use crate::cli::ExceptionsArgs;
use crate::control::{self, ExistingData, Operation};
use crate::summary::orders_of;
use crate::text::{Table, moment, note};

#[derive(Deserialize, Serialize)]
pub(crate) struct ListExceptions {
    shop: Option<ShopId>,
    kind: Option<ExceptionKind>,
    limit: u16,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct ExceptionReport {
    as_of: Timestamp,
    exceptions: Vec<OpenException>,
    /// How many more there are than were asked for.
    more: usize,
    /// Stored orders and shops that can't be read.
    unreadable: Vec<String>,
}

/// An open exception of a shop or of one of its orders.
#[derive(Deserialize, Serialize)]
struct OpenException {
    shop: ShopId,
    /// None when it is about the shop as a whole.
    order: Option<OrderId>,
    shipment: Option<ShipmentId>,
    kind: ExceptionKind,
    priority: Priority,
    opened_at: Timestamp,
    detail: String,
    what_to_do: String,
    /// The remedies that help, the likeliest first, as `punctual remedy` takes them.
    remedies: Vec<String>,
}

impl OpenException {
    fn of(exception: &Exception, shop: &ShopId, order: Option<&OrderId>) -> Self {
        let Exception { kind, .. } = *exception;
        Self {
            shop: shop.clone(),
            order: order.cloned(),
            shipment: exception.shipment.clone(),
            kind,
            priority: kind.priority(),
            opened_at: exception.opened_at,
            detail: exception.detail.clone(),
            what_to_do: kind.advice(Language::English).to_owned(),
            remedies: remedy_names(kind),
        }
    }
}

impl Operation for ListExceptions {
    const NAME: &'static str = "list_exceptions";
    const TIMEOUT: Duration = Duration::from_secs(60);
    const IF_REPLY_LOST: &'static str = "run the command again";
    type Context = ExistingData;
    type Reply = ExceptionReport;

    async fn perform(self, ExistingData(stores): &ExistingData) -> anyhow::Result<ExceptionReport> {
        let (mut exceptions, unreadable) = all(&stores.backend, self.shop).await?;
        exceptions.retain(|exception| self.kind.is_none_or(|kind| exception.kind == kind));
        exceptions.sort_by_key(|exception| (Reverse(exception.priority), exception.opened_at));
        let more = exceptions.len().saturating_sub(self.limit.into());
        exceptions.truncate(self.limit.into());
        Ok(ExceptionReport { as_of: stores.clock.now(), exceptions, more, unreadable })
    }
}

/// The open exceptions of all shops and orders, or of one shop, and what can't be read.
async fn all(
    backend: &Backend,
    only_shop: Option<ShopId>,
) -> anyhow::Result<(Vec<OpenException>, Vec<String>)> {
    let is_listed = |shop: &ShopId| only_shop.as_ref().is_none_or(|only| only == shop);
    let shops = backend.shops.list_shops().await?;
    let mut exceptions = Vec::new();
    for shop in shops.shops.iter().map(|shop| &shop.value).filter(|shop| is_listed(&shop.id)) {
        exceptions.extend(shop.open_exceptions().map(|open| OpenException::of(open, &shop.id, None)));
    }
    let shops = shops.unreadable.iter().filter(|shop| is_listed(shop));
    let mut unreadable: Vec<String> = shops.map(|shop| format!("shop {shop}")).collect();
    let filter = OrderFilter { shop: only_shop.clone(), only_exceptions: true, ..OrderFilter::default() };
    let (records, unreadable_orders) = orders_of(&*backend.orders, &filter).await?;
    for record in &records {
        let open = record.open_exceptions();
        exceptions.extend(open.map(|open| OpenException::of(open, &record.shop, Some(&record.order.id))));
    }
    unreadable.extend(unreadable_orders.iter().map(|key| format!("order {key}")));
    Ok((exceptions, unreadable))
}

pub(super) async fn execute(args: ExceptionsArgs) -> anyhow::Result<Completion> {
    let kind = args.kind.as_deref().map(kind_of).transpose()?;
    let operation = ListExceptions { shop: args.shop.map(ShopId::new), kind, limit: args.limit };
    let (report, _) = control::perform(operation, &args.data.variables()).await?;
    if args.output.json {
        super::print_json(&report)?;
    } else {
        print(&report)?;
    }
    Ok(Completion::Done)
}

fn kind_of(name: &str) -> anyhow::Result<ExceptionKind> {
    let kind = ExceptionKind::ALL.iter().copied().find(|kind| kind.name() == name);
    kind.ok_or_else(|| {
        let names: Vec<&str> = ExceptionKind::ALL.iter().map(|kind| kind.name()).collect();
        anyhow::anyhow!("--kind {name:?} is not the name of an exception. They are: {}", names.join(", "))
    })
}

/// How a person reads a priority.
pub(super) fn priority_name(priority: Priority) -> &'static str {
    match priority {
        Priority::Notice => "notice",
        Priority::Blocking => "blocking",
        Priority::Urgent => "urgent",
    }
}

/// The remedies that help, as `punctual remedy` takes them.
pub(super) fn remedy_names(kind: ExceptionKind) -> Vec<String> {
    kind.remedies().iter().map(|remedy| remedy.as_str().replace('_', "-")).collect()
}

fn print(report: &ExceptionReport) -> anyhow::Result<()> {
    let mut table = Table::new(&["PRIORITY", "KIND", "ORDER", "SHOP", "SINCE", "DETAIL"]);
    for exception in &report.exceptions {
        table.row([
            priority_name(exception.priority).to_owned(),
            exception.kind.name().to_owned(),
            exception.order.as_ref().map(ToString::to_string).unwrap_or_default(),
            exception.shop.to_string(),
            moment(exception.opened_at, report.as_of),
            exception.detail.clone(),
        ]);
    }
    if report.exceptions.is_empty() {
        note("No open exceptions.");
    } else {
        super::print_lines(table.lines().chain([String::new(), "What to do:".to_owned()]))?;
        super::print_lines(advice(&report.exceptions))?;
    }
    if report.more > 0 {
        note(&format!("There are {} more: raise --limit, or filter with --shop and --kind.", report.more));
    }
    for what in &report.unreadable {
        note(&format!("The record of {what} can't be read."));
    }
    Ok(())
}

/// What to do about each kind, once, in the order of the list.
fn advice(exceptions: &[OpenException]) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for exception in exceptions.iter().filter(|exception| seen.insert(exception.kind.name())) {
        lines.push(format!("  {}: {}", exception.kind.name(), exception.what_to_do));
        if !exception.remedies.is_empty() {
            lines.push(format!("    punctual remedy {}", exception.remedies.join(" | ")));
        }
    }
    lines
}

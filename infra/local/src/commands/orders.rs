//! `punctual orders`: a list, without personal data.

use std::time::Duration;

use backend::{OrderFilter, Position};
use domain::exception::ExceptionKind;
use domain::record::OrderRecord;
use domain::{OrderId, OrderKey, ShopId, Timestamp, TrackingNumber};
use serde::{Deserialize, Serialize};

use super::Completion;
use crate::cli::{OrdersArgs, StageName};
use crate::control::{self, ExistingData, Operation};
use crate::text::{Table, moment, note};

#[derive(Deserialize, Serialize)]
pub(crate) struct ListOrders {
    shop: Option<ShopId>,
    stage: Option<StageName>,
    status: Option<String>,
    only_exceptions: bool,
    limit: u16,
    after: Option<String>,
}

/// One page of the list.
#[derive(Deserialize, Serialize)]
pub(crate) struct OrderList {
    as_of: Timestamp,
    orders: Vec<OrderListItem>,
    /// Stored orders of this page that can't be read.
    unreadable: Vec<OrderKey>,
    /// The cursor of the next page.
    next: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct OrderListItem {
    order: OrderId,
    shop: ShopId,
    /// Of the shipments that count.
    stages: Vec<String>,
    status: String,
    first_seen_at: Timestamp,
    paid_at: Option<Timestamp>,
    /// The deadline, while something has to be dispatched.
    dispatch_by: Option<Timestamp>,
    tracking: Option<TrackingNumber>,
    exceptions: Vec<ExceptionKind>,
}

impl OrderListItem {
    fn of(record: &OrderRecord) -> Self {
        Self {
            order: record.order.id.clone(),
            shop: record.shop.clone(),
            stages: record.current_shipments().map(|shipment| shipment.stage.name().to_owned()).collect(),
            status: record.order.status.clone().into(),
            first_seen_at: record.first_seen_at,
            paid_at: record.order.paid_at,
            dispatch_by: record.deadline.as_ref().map(|deadline| deadline.at),
            tracking: record.tracking().cloned(),
            exceptions: record.open_exceptions().map(|exception| exception.kind).collect(),
        }
    }
}

impl Operation for ListOrders {
    const NAME: &'static str = "list_orders";
    const TIMEOUT: Duration = Duration::from_secs(60);
    const IF_REPLY_LOST: &'static str = "run the command again";
    type Context = ExistingData;
    type Reply = OrderList;

    async fn perform(self, ExistingData(stores): &ExistingData) -> anyhow::Result<OrderList> {
        let filter = OrderFilter {
            shop: self.shop,
            stage: self.stage.map(StageName::as_str),
            status: self.status,
            only_exceptions: self.only_exceptions,
            ..OrderFilter::default()
        };
        let page =
            stores.backend.orders.list_orders(&filter, self.after.as_deref(), self.limit.into()).await?;
        Ok(OrderList {
            as_of: stores.clock.now(),
            orders: page.orders.iter().map(OrderListItem::of).collect(),
            unreadable: page.unreadable,
            next: page.next,
        })
    }
}

pub(super) async fn execute(args: OrdersArgs) -> anyhow::Result<Completion> {
    if let Some(cursor) = &args.after {
        let is_cursor = Position::parse(cursor).is_ok();
        anyhow::ensure!(is_cursor, "--after is not a cursor that an earlier list printed");
    }
    let operation = ListOrders {
        shop: args.shop.map(ShopId::new),
        stage: args.stage,
        status: args.status,
        only_exceptions: args.exceptions,
        limit: args.limit,
        after: args.after,
    };
    let (list, _) = control::perform(operation, &args.data.variables()).await?;
    if args.output.json {
        super::print_json(&list)?;
    } else {
        print(&list)?;
    }
    Ok(Completion::Done)
}

fn print(list: &OrderList) -> anyhow::Result<()> {
    let header =
        ["ORDER", "SHOP", "STAGE", "STATUS AT TIKTOK", "FIRST SEEN", "DISPATCH BY", "TRACKING", "EXCEPTIONS"];
    let mut table = Table::new(&header);
    for item in &list.orders {
        let exceptions: Vec<&str> = item.exceptions.iter().map(|kind| kind.name()).collect();
        table.row([
            item.order.to_string(),
            item.shop.to_string(),
            item.stages.join(", "),
            item.status.clone(),
            moment(item.first_seen_at, list.as_of),
            item.dispatch_by.map(|at| moment(at, list.as_of)).unwrap_or_default(),
            item.tracking.as_ref().map(ToString::to_string).unwrap_or_default(),
            exceptions.join(", "),
        ]);
    }
    if list.orders.is_empty() {
        note("No orders.");
    } else {
        super::print_lines(table.lines())?;
    }
    for key in &list.unreadable {
        note(&format!("The record of order {key} can't be read."));
    }
    if let Some(cursor) = &list.next {
        note(&format!("There are more: --after {cursor}"));
    }
    Ok(())
}

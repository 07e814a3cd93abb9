//! `punctual order`: everything about one order.

mod details;
mod page;

use std::time::Duration;

use backend::Backend;
use domain::record::OrderRecord;
use domain::{OrderId, OrderKey, ShopId};
use serde::{Deserialize, Serialize};

use super::Completion;
use crate::cli::OrderArgs;
use crate::control::{self, ExistingData, Operation};
use details::{OrderDetails, PersonalData};

#[derive(Deserialize, Serialize)]
pub(crate) struct ShowOrder {
    order: OrderId,
    shop: Option<ShopId>,
    personal_data: PersonalData,
}

impl Operation for ShowOrder {
    const NAME: &'static str = "show_order";
    const TIMEOUT: Duration = Duration::from_secs(60);
    const IF_REPLY_LOST: &'static str = "run the command again";
    type Context = ExistingData;
    type Reply = OrderDetails;

    async fn perform(self, ExistingData(stores): &ExistingData) -> anyhow::Result<OrderDetails> {
        let record = find(&stores.backend, &self.order, self.shop).await?;
        let mut decisions = Vec::new();
        for shipment in &record.shipments {
            let key = record.key();
            decisions.push(stores.backend.orders.get_decision(&key, &shipment.id).await?);
        }
        Ok(OrderDetails::of(&record, &decisions, self.personal_data, stores.clock.now()))
    }
}

/// The order with this id, of `shop` or of whichever shop has it. TikTok's ids are unique in a market, not in the world.
async fn find(backend: &Backend, order: &OrderId, shop: Option<ShopId>) -> anyhow::Result<OrderRecord> {
    let shops: Vec<ShopId> = match shop {
        Some(shop) => vec![shop],
        None => {
            let list = backend.shops.list_shops().await?;
            list.shops.into_iter().map(|shop| shop.value.id).chain(list.unreadable).collect()
        }
    };
    let mut found = Vec::new();
    for shop in &shops {
        let key = OrderKey::new(shop.clone(), order.clone());
        found.extend(backend.orders.load_order(&key).await?.map(|order| order.value));
    }
    anyhow::ensure!(found.len() <= 1, "several shops have an order {order}: choose one with --shop");
    found.pop().ok_or_else(|| match shops.as_slice() {
        [shop] => anyhow::anyhow!("shop {shop} has no order {order} here"),
        _ => anyhow::anyhow!("no shop has an order {order} here"),
    })
}

pub(super) async fn execute(args: OrderArgs) -> anyhow::Result<Completion> {
    let operation = ShowOrder {
        order: OrderId::new(args.order),
        shop: args.shop.map(ShopId::new),
        personal_data: if args.personal { PersonalData::Shown } else { PersonalData::Hidden },
    };
    let (details, _) = control::perform(operation, &args.data.variables()).await?;
    if args.output.json {
        super::print_json(&details)?;
    } else {
        super::print_lines(page::lines(&details))?;
    }
    Ok(Completion::Done)
}

//! `punctual disconnect`: ends all work for a shop.

use std::time::Duration;

use domain::ShopId;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Completion;
use crate::cli::DisconnectArgs;
use crate::control::{self, Operation, Services};
use crate::text::note;

#[derive(Deserialize, Serialize)]
pub(crate) struct DisconnectShop {
    shop: ShopId,
}

impl Operation for DisconnectShop {
    const NAME: &'static str = "disconnect_shop";
    const TIMEOUT: Duration = Duration::from_secs(60);
    const IF_REPLY_LOST: &'static str =
        "it is unknown whether the shop is disconnected: run the command again";
    type Context = Services;
    type Reply = ();

    async fn perform(self, Services(functions): &Services) -> anyhow::Result<()> {
        Ok(functions.shop_authorization.disconnect(&self.shop).await?)
    }
}

pub(super) async fn execute(args: DisconnectArgs) -> anyhow::Result<Completion> {
    let shop = ShopId::new(args.shop);
    control::perform(DisconnectShop { shop: shop.clone() }, &args.data.variables()).await?;
    if args.output.json {
        super::print_json(&json!({ "disconnected": shop }))?;
    } else {
        note(&format!(
            "Shop {shop} is disconnected, and its tokens are deleted. To undo this, connect it again."
        ));
    }
    Ok(Completion::Done)
}

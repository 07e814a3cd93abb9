//! A sandbox: TikTok and the carriers running, with products and a queue of mixed orders.

mod buyers;
mod catalogue;
mod kind;
mod orders;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

pub use kind::{Expected, Kind};
pub use orders::{SandboxOrder, orders};

use crate::easypost::{EasyPost, EasyPostConfig};
use crate::tiktok::{
    LabelRule, OperationError, PlatformConfig, ProductSpec, Region, SellerType, ShippingType, TikTok,
    TikTokConfig,
};
use crate::webhooks::WebhookConfig;
use crate::{CarrierService, Faults, Result, carriers};

/// How far apart the order ids of two seeds begin; a prime beyond any sandbox's number of orders.
const SEED_STRIDE: u64 = 1_000_003;

/// How a sandbox is set up.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// How many orders there are.
    pub orders: usize,
    /// What the orders and the buyers are drawn from.
    pub seed: u64,
    /// What the shop sells besides the sandbox's own products.
    pub products: Vec<ProductSpec>,
    /// How many shops there are, all alike.
    pub shops: usize,
    /// The shops' market. The buyers live in the United States, whatever it is, and the seller's carriers bill in its currency.
    pub region: Region,
    /// Where the shops' seller is.
    pub seller: SellerType,
    /// Every so many orders one ships with TikTok's own label; 0 for none. Orders that are there to show a problem of an own label
    /// do not.
    pub platform_every: usize,
    /// How TikTok's own labels behave.
    pub platform: PlatformConfig,
    /// Labels that TikTok refuses.
    pub label_rules: Vec<LabelRule>,
    /// TikTok's port; 0 takes any free one.
    pub tiktok_port: u16,
    /// EasyPost's port; 0 takes any free one.
    pub easypost_port: u16,
    /// The faults of TikTok.
    pub tiktok_faults: Faults,
    /// The faults of EasyPost.
    pub easypost_faults: Faults,
    /// How TikTok sends its webhooks, and EasyPost too, once its URL is set.
    pub webhooks: WebhookConfig,
    /// How long an access token lives.
    pub access_token_life: Duration,
    /// Calls per second before TikTok answers 429; `None` sets no limit.
    pub shop_qps_max: Option<u32>,
    /// How long the purchase of a label is in progress.
    pub buy_takes: Duration,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            orders: 20,
            seed: 1,
            products: Vec::new(),
            shops: 1,
            region: Region::Us,
            seller: SellerType::Local,
            platform_every: 0,
            platform: PlatformConfig::default(),
            label_rules: LabelRule::PUBLISHED.to_vec(),
            tiktok_port: 0,
            easypost_port: 0,
            tiktok_faults: Faults::none(),
            easypost_faults: Faults::none(),
            webhooks: WebhookConfig::default(),
            access_token_life: TikTokConfig::default().access_token_life,
            shop_qps_max: None,
            buy_takes: Duration::ZERO,
        }
    }
}

/// A running sandbox.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub tiktok: TikTok,
    /// EasyPost with one account a carrier.
    pub easypost: EasyPost,
    carriers: Vec<Arc<dyn CarrierService>>,
    kinds: BTreeMap<String, Kind>,
    personal: Vec<String>,
}

/// Starts every service and adds the orders.
pub async fn start(config: SandboxConfig) -> Result<Sandbox> {
    let mut shop = catalogue::shop(config.region, config.seller);
    shop.products.extend(config.products);
    let tiktok = TikTok::start(TikTokConfig {
        port: config.tiktok_port,
        shops: (0..config.shops.max(1)).map(|n| catalogue::branch(&shop, n)).collect(),
        label_rules: config.label_rules,
        platform: config.platform,
        // Orders of different seeds have different ids.
        first_id: config.seed.wrapping_mul(SEED_STRIDE).max(1),
        faults: config.tiktok_faults,
        webhooks: config.webhooks.clone(),
        access_token_life: config.access_token_life,
        shop_qps_max: config.shop_qps_max,
        ..TikTokConfig::default()
    })
    .await?;
    let mut accounts = EasyPostConfig::default().accounts;
    accounts.iter_mut().for_each(|account| account.currency = config.region.currency());
    let easypost = EasyPost::start(EasyPostConfig {
        port: config.easypost_port,
        accounts,
        faults: config.easypost_faults,
        webhooks: WebhookConfig { url: None, ..config.webhooks },
        buy_takes: config.buy_takes,
        ..EasyPostConfig::default()
    })
    .await?;
    let carriers = carriers(&easypost).await?;
    let mut sandbox = Sandbox { tiktok, easypost, carriers, kinds: BTreeMap::new(), personal: Vec::new() };
    let mut orders = orders(config.orders, config.seed);
    for (place, order) in orders.iter_mut().enumerate() {
        let is_platform_s =
            config.platform_every > 0 && place % config.platform_every == config.platform_every - 1;
        if is_platform_s && order.kind.expected() == Expected::Uploaded {
            order.spec.shipping = ShippingType::TikTok;
        }
    }
    sandbox.add(orders);
    Ok(sandbox)
}

impl Sandbox {
    /// Adds orders and returns their ids.
    pub fn add(&mut self, orders: Vec<SandboxOrder>) -> Vec<String> {
        let mut ids = Vec::new();
        for order in orders {
            self.personal.extend(buyers::personal_data(&order.spec));
            if let Some(id) = self.tiktok.add_order(order.spec) {
                self.kinds.insert(id.clone(), order.kind);
                ids.push(id);
            }
        }
        self.personal.sort();
        self.personal.dedup();
        ids
    }

    /// Every service that sells labels.
    pub fn carriers(&self) -> &[Arc<dyn CarrierService>] {
        &self.carriers
    }

    /// The kind of each order, by its id.
    pub fn kinds(&self) -> &BTreeMap<String, Kind> {
        &self.kinds
    }

    /// Names, phones, streets and e-mail addresses of all buyers. None may appear in a log.
    pub fn buyers_personal_data(&self) -> Vec<String> {
        self.personal.clone()
    }

    /// The carrier scans the parcel of an order, at TikTok and wherever its label is from.
    pub fn carrier_scan(&self, order_id: &str) -> std::result::Result<(), OperationError> {
        let order = self.tiktok.order(order_id).ok_or(OperationError::UnknownOrder)?;
        self.tiktok.carrier_scan(order_id)?;
        if let Some(code) = order.tracking_number {
            for carrier in &self.carriers {
                carrier.scan(&code);
            }
        }
        Ok(())
    }

    /// Stops every service.
    pub fn shutdown(&self) {
        self.tiktok.shutdown();
        for carrier in &self.carriers {
            carrier.shutdown();
        }
    }
}

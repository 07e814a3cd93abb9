//! Two shops of one seller, and orders for them.

use sim::sandbox::{Kind, SandboxOrder};
use sim::tiktok::{TikTok, TikTokConfig};
use sim::{Sandbox, SandboxConfig};

/// So many orders that have nothing special about them.
pub fn light(n: usize) -> Vec<SandboxOrder> {
    let orders = sim::sandbox::orders(2 * n + 30, 11).into_iter();
    orders.filter(|order| order.kind == Kind::Light).take(n).collect()
}

pub async fn two_shops() -> Sandbox {
    let mut sandbox =
        sim::sandbox::start(SandboxConfig { orders: 0, ..SandboxConfig::default() }).await.unwrap();
    let first = sandbox.tiktok.shops()[0].clone();
    let mut second = first.clone();
    second.id = "7495551200000000002".to_owned();
    second.cipher = "TTP_sandboxCipherUS0002".to_owned();
    let config = TikTokConfig { shops: vec![first, second], ..TikTokConfig::default() };
    sandbox.tiktok = TikTok::start(config).await.unwrap();
    sandbox
}

//! A deployed stack between simulated services.

use std::time::Duration;

use anyhow::ensure;
use domain::message::Queue;
use pipeline::until;
use sim::sandbox::{Expected, SandboxOrder};
use sim::webhooks::WebhookConfig;
use sim::{Sandbox, SandboxConfig};

use crate::binaries::Binaries;
use crate::outside::Outside;
use crate::seller;
use crate::stack::Stack;

/// How long everything may take on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_secs(300);
/// A webhook that fails while a function starts on a busy machine is sent again after two seconds instead of minutes.
const RETRY_SHORTEN: u32 = 60;

/// A stack, and both outside services. The shop is connected and there are no orders yet.
pub struct World {
    /// The outside services.
    pub sandbox: Sandbox,
    /// The stack.
    pub stack: Stack,
}

impl World {
    /// Starts the services, deploys the stack, connects the shop.
    ///
    /// # Errors
    /// When one of it fails.
    pub async fn start(binaries: &Binaries) -> anyhow::Result<Self> {
        Self::start_with(binaries, &[]).await
    }

    /// The same, with more parameters of the template.
    ///
    /// # Errors
    /// When one of it fails.
    pub async fn start_with(binaries: &Binaries, parameters: &[(&str, &str)]) -> anyhow::Result<Self> {
        let webhooks = WebhookConfig { retry_shorten: RETRY_SHORTEN, ..WebhookConfig::default() };
        let config = SandboxConfig { orders: 0, webhooks, ..SandboxConfig::default() };
        let sandbox = sim::sandbox::start(config).await?;
        let stack = Stack::deploy(binaries, &Outside::of(&sandbox), parameters).await?;
        seller::connect(&stack, &sandbox).await?;
        Ok(Self { sandbox, stack })
    }

    /// Waits until TikTok has this number of tracking numbers.
    ///
    /// # Errors
    /// When it does not in time, with the number that it has.
    pub async fn until_uploaded(&self, n: usize) -> anyhow::Result<()> {
        until(PATIENCE, async || {
            let tiktok = &self.sandbox.tiktok;
            let shipped = tiktok.uploads().len() + tiktok.platform_packages().len();
            ensure!(shipped >= n, "{shipped} of {n} orders are shipped");
            Ok(())
        })
        .await
    }

    /// Waits until all queues are empty and no message is in flight.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn until_idle(&self) -> anyhow::Result<()> {
        self.stack.until_idle(PATIENCE).await
    }
}

impl Stack {
    /// Waits until all queues are empty and no message is in flight.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn until_idle(&self, patience: Duration) -> anyhow::Result<()> {
        until(patience, async || {
            for &queue in Queue::ALL {
                let depth = self.depth(queue).await?;
                ensure!(depth == 0, "{depth} messages in {}", queue.name());
            }
            Ok(())
        })
        .await
    }
}

/// `n` orders of the kinds that come to `expected`.
pub fn orders(expected: Expected, n: usize) -> Vec<SandboxOrder> {
    // Among three orders there is at least one light one, and among thirty in a row every kind.
    let orders = sim::sandbox::orders(n * 30, 1).into_iter();
    orders.filter(|order| order.kind.expected() == expected).take(n).collect()
}

//! Shops for which the platform is slow, or does not answer at all.

use std::collections::HashMap;
use std::time::Duration;

use super::TikTok;
use super::core::Core;
use crate::lock::locked;
use crate::net::Request;

/// The slow shops by their ids.
#[derive(Debug, Default)]
pub(crate) struct SlowShops {
    of_shops: HashMap<String, Slow>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slow {
    by: Duration,
    calls: u64,
}

impl Core {
    /// Delays a call by what is set for its shop.
    pub(crate) async fn dawdle(&self, request: &Request) {
        let cipher = request.param("shop_cipher");
        let Some(shop) = self.config.shops.iter().find(|shop| cipher == Some(shop.cipher.as_str())) else {
            return;
        };
        let by = locked(&self.slow_shops).of_shops.get_mut(&shop.id).map(|slow| {
            slow.calls += 1;
            slow.by
        });
        if let Some(by) = by {
            tokio::time::sleep(by).await;
        }
    }
}

impl TikTok {
    /// Every call for this shop takes this much longer from now on. If that is longer than any client waits, the shop is dead.
    pub fn slow_down(&self, shop_id: &str, by: Duration) {
        locked(&self.core().slow_shops).of_shops.entry(shop_id.to_owned()).or_default().by = by;
    }

    /// How many calls for this shop were slow.
    pub fn slow_calls(&self, shop_id: &str) -> u64 {
        locked(&self.core().slow_shops).of_shops.get(shop_id).map_or(0, |slow| slow.calls)
    }
}

//! TikTok and EasyPost as the stack is configured for them.

use serde_json::{Value, json};
use sim::Sandbox;

use crate::samples::Samples;

/// Addresses and credentials of the outside services.
#[derive(Clone, Debug)]
pub struct Outside {
    /// TikTok's address.
    pub tiktok_url: String,
    /// EasyPost's address.
    pub easypost_url: String,
    /// The secret of TikTok's credentials.
    pub tiktok_secret: Value,
    /// The secret of EasyPost's credentials.
    pub easypost_secret: Value,
}

impl Outside {
    /// The services of a sandbox.
    pub fn of(sandbox: &Sandbox) -> Self {
        let Sandbox { tiktok, easypost, .. } = sandbox;
        Self {
            tiktok_url: tiktok.url().to_owned(),
            easypost_url: easypost.url().to_owned(),
            tiktok_secret: json!({
                "TIKTOK_APP_KEY": tiktok.app_key(),
                "TIKTOK_APP_SECRET": tiktok.app_secret(),
            }),
            easypost_secret: json!({
                "EASYPOST_API_KEY": easypost.api_key(),
                "EASYPOST_WEBHOOK_SECRET": easypost.webhook_secret(),
            }),
        }
    }

    /// No services, and the credentials with which the sample events are signed.
    pub fn nobody(samples: &Samples) -> Self {
        // Port 9 is the discard port; nothing listens there.
        let nobody = "http://127.0.0.1:9".to_owned();
        Self {
            tiktok_url: nobody.clone(),
            easypost_url: nobody,
            tiktok_secret: samples.tiktok.clone(),
            easypost_secret: samples.easypost.clone(),
        }
    }
}

//! EasyPost as a part of a sandbox.

use super::EasyPost;
use crate::CarrierService;

impl CarrierService for EasyPost {
    fn name(&self) -> &'static str {
        "EasyPost"
    }

    fn url(&self) -> &str {
        self.url()
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        vec![
            ("EASYPOST_API_URL", self.url().to_owned()),
            ("EASYPOST_API_KEY", self.api_key().to_owned()),
            ("EASYPOST_WEBHOOK_SECRET", self.webhook_secret().to_owned()),
        ]
    }

    fn post_webhooks_to(&self, base: &str) {
        self.set_webhook_url(Some(&format!("{base}/webhooks/easypost")), self.webhook_secret());
    }

    fn scan(&self, tracking: &str) -> bool {
        self.scan(tracking)
    }

    fn shutdown(&self) {
        self.shutdown();
    }
}

//! EasyPost's account.

use std::sync::Arc;

use carriers::Connector;
use carriers::easypost::{self, EasyPost};
use domain::rates::Ticket;
use domain::{AccountId, Private};
use sim::easypost::{EasyPostConfig, PurchaseRefusal};
use sim::{CallKind, Faults};
use system::SystemClock;

use crate::account::{ApiCall, PaidLabel, SimulatedAccount};
use crate::parcel::PATIENCE;

/// An account at a simulated EasyPost.
pub struct EasyPostAccount {
    simulator: sim::easypost::EasyPost,
}

impl EasyPostAccount {
    /// Starts a simulator with one account.
    pub async fn start() -> Self {
        // An error means that a test before has chosen it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { simulator: sim::easypost::EasyPost::start(EasyPostConfig::default()).await.unwrap() }
    }

    fn connect(&self, key: &str, account: AccountId) -> Arc<dyn Connector> {
        let mut config = easypost::EasyPostConfig::new(self.simulator.url(), &Private::from(key)).unwrap();
        config.account = account;
        config.timeouts = easypost::EasyPostTimeouts {
            quote: PATIENCE,
            buy: PATIENCE,
            other: PATIENCE,
            download: PATIENCE,
            place: PATIENCE,
        };
        Arc::new(EasyPost::new(carriers::http_client().unwrap(), config, Arc::new(SystemClock)))
    }
}

impl SimulatedAccount for EasyPostAccount {
    fn connector(&self) -> Arc<dyn Connector> {
        self.connector_named(AccountId::default_of(easypost::KIND))
    }

    fn connector_named(&self, account: AccountId) -> Arc<dyn Connector> {
        self.connect(self.simulator.api_key(), account)
    }

    fn intruder(&self) -> Arc<dyn Connector> {
        self.connect("EZTKwrong", AccountId::default_of(easypost::KIND))
    }

    fn faults(&self) -> &Faults {
        self.simulator.faults()
    }

    fn request(&self, call: ApiCall) -> CallKind {
        match call {
            ApiCall::VerifyAddress => CallKind::AddressCreate,
            ApiCall::Quote => CallKind::ShipmentCreate,
            ApiCall::QuoteAgain => CallKind::ShipmentRerate,
            ApiCall::Buy => CallKind::ShipmentBuy,
            ApiCall::FindPurchase | ApiCall::Refund | ApiCall::Track => CallKind::ShipmentGet,
            ApiCall::Void => CallKind::ShipmentRefund,
            ApiCall::LabelFile => CallKind::LabelFile,
        }
    }

    fn unknown_ticket(&self) -> Ticket {
        Ticket::new("shp_00000000000000000000000000000000")
    }

    fn paid(&self) -> Vec<PaidLabel> {
        let label = |purchase: sim::easypost::Purchase| PaidLabel {
            reference: purchase.reference.unwrap(),
            tracking: purchase.tracking_code,
            minor: purchase.price_cents.try_into().unwrap(),
        };
        self.simulator.purchases().into_iter().map(label).collect()
    }

    fn raise_prices(&self, percent: u64) {
        self.simulator.raise_prices(percent);
    }

    fn refuse_purchases(&self) {
        for carrier in ["USPS", "UPSDAP", "FedExDefault", "DhlEcs"] {
            let message = "No {name} at {street1}.".to_owned();
            self.simulator.refuse_purchases(PurchaseRefusal { message, ..PurchaseRefusal::of(carrier) });
        }
    }

    fn expire_label_links(&self) {
        self.simulator.expire_label_links();
    }

    fn scan(&self, tracking: &str) {
        assert!(self.simulator.scan(tracking));
    }

    fn deliver(&self, tracking: &str) {
        assert!(self.simulator.deliver(tracking));
    }

    fn settle_refunds(&self) {
        self.simulator.settle_refunds();
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.simulator.api_key().to_owned(), self.simulator.url().to_owned(), "EZTKwrong".to_owned()]
    }
}

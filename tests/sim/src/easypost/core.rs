//! The state of an EasyPost account and the way a request takes through it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use tokio::runtime::Handle;

use super::address::{self, Address};
use super::config::EasyPostConfig;
use super::errors::ApiError;
use super::given::Given;
use super::refusals::Refusals;
use super::route::{Endpoint, route};
use super::shipment::Shipment;
use super::trackers::{self, Trackers};
use super::tracking_code::TrackingCodes;
use super::{auth, buy, errors, label, refund, shipment_create};
use crate::Result;
use crate::faults::CallKind;
use crate::lock::locked;
use crate::net::{Answer, Request, Service};
use crate::webhooks::{self, Courier};

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) config: EasyPostConfig,
    pub(crate) url: String,
    pub(crate) state: Mutex<State>,
    pub(crate) courier: Courier,
    pub(crate) webhook_secret: Mutex<String>,
    pub(crate) codes: TrackingCodes,
    pub(crate) runtime: Handle,
}

/// What changes as labels are bought.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) addresses: HashMap<String, Address>,
    pub(crate) shipments: BTreeMap<String, Shipment>,
    pub(crate) trackers: Trackers,
    /// The shipment of each label file.
    pub(crate) labels: HashMap<String, String>,
    /// Shipments in the order in which their labels were bought.
    pub(crate) bought: Vec<String>,
    /// Prices in percent of the price model.
    pub(crate) price_percent: u64,
    /// What single carriers add to that, in percent.
    pub(crate) price_rises: BTreeMap<String, u64>,
    pub(crate) stale_rates: super::StaleRates,
    pub(crate) refusals: Refusals,
    /// The links that came with purchases lead nowhere any more.
    pub(crate) label_links_expired: bool,
    /// What the verification says of streets, in place of what it would say by itself.
    pub(crate) verifier: Vec<address::VerifierSays>,
    pub(crate) given: Given,
}

impl Core {
    pub(crate) fn new(config: EasyPostConfig, url: String) -> Result<Self> {
        Ok(Self {
            url,
            state: Mutex::new(State {
                addresses: HashMap::new(),
                shipments: BTreeMap::new(),
                trackers: Trackers::default(),
                labels: HashMap::new(),
                bought: Vec::new(),
                price_percent: 100,
                price_rises: BTreeMap::new(),
                stale_rates: config.stale_rates,
                refusals: Refusals::default(),
                label_links_expired: false,
                verifier: Vec::new(),
                given: Given::default(),
            }),
            courier: Courier::new(&webhooks::EASYPOST, config.webhooks.clone())?,
            webhook_secret: Mutex::new(config.webhook_secret.clone()),
            codes: TrackingCodes::default(),
            runtime: Handle::current(),
            config,
        })
    }

    async fn call(self: &Arc<Self>, request: &Request) -> std::result::Result<Answer, ApiError> {
        let (kind, endpoint) = route(&request.method, &request.segments());
        if let Endpoint::LabelFile(file) = &endpoint {
            return label::file(self, file);
        }
        auth::check(&self.config.api_key, request)?;
        locked(&self.state).refusals.check_account(kind)?;
        match endpoint {
            Endpoint::AddressCreate => address::create(self, request),
            Endpoint::AddressCreateAndVerify => address::create_and_verify(self, request),
            Endpoint::AddressVerify(id) => address::verify_stored(self, &id),
            Endpoint::ShipmentCreate => shipment_create::create(self, request),
            Endpoint::ShipmentGet(id) => shipment_create::get(self, &id),
            Endpoint::ShipmentRerate(id) => shipment_create::rerate(self, &id),
            Endpoint::ShipmentBuy(id) => buy::buy(self, &id, request).await,
            Endpoint::ShipmentLabel(id) => label::convert(self, &id, request),
            Endpoint::ShipmentRefund(id) => refund::refund(self, &id),
            Endpoint::TrackerList => trackers::list(self, request),
            Endpoint::TrackerCreate => trackers::create(self, request),
            Endpoint::TrackerGet(id) => trackers::get(self, &id),
            Endpoint::LabelFile(_) | Endpoint::Unknown => Err(ApiError::not_found(&request.path)),
        }
    }
}

impl Service for Core {
    fn kind(&self, request: &Request) -> CallKind {
        route(&request.method, &request.segments()).0
    }

    async fn answer(self: Arc<Self>, request: Request) -> Answer {
        self.call(&request).await.unwrap_or_else(|error| error.answer())
    }

    fn refusal(&self, status: StatusCode) -> Answer {
        errors::refusal(status)
    }
}

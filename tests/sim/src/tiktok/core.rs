//! The state of a TikTok Shop and the way a request takes through it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use axum::http::{Method, StatusCode};
use serde_json::Value;
use tokio::runtime::Handle;

use super::acceptance::Acceptance;
use super::cancellation::Cancellation;
use super::chat::Chat;
use super::consent::{self, Consent};
use super::events::Event;
use super::gate;
use super::inventory::Stock;
use super::odd_gate::OddGate;
use super::odd_search::OddSearches;
use super::order::Order;
use super::platform::{self, Platform};
use super::quota::Quota;
use super::reply::{self, ApiError};
use super::route::{Endpoint, route};
use super::slow_shop::SlowShops;
use super::tokens::Tokens;
use super::views::Upload;
use super::{ShopSpec, TikTokConfig};
use super::{cancel_order, cancellation_answer, cancellation_search, chat_read, chat_write};
use super::{inventory, logistics, mark_shipped, order_detail, order_search, product_json};
use crate::Result;
use crate::faults::CallKind;
use crate::ids::Decimal;
use crate::lock::locked;
use crate::net::{Answer, Request, Service};
use crate::webhooks::{self, Courier};

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) config: TikTokConfig,
    /// Where it listens.
    pub(crate) url: String,
    pub(crate) state: Mutex<State>,
    pub(crate) tokens: Mutex<Tokens>,
    pub(crate) quota: Quota,
    pub(crate) odd_searches: Mutex<OddSearches>,
    pub(crate) slow_shops: Mutex<SlowShops>,
    pub(crate) odd_gate: Mutex<OddGate>,
    pub(crate) courier: Courier,
    pub(crate) consent: Mutex<Consent>,
    pub(crate) redirect_url: Mutex<Option<String>>,
    pub(crate) ids: Ids,
    pub(crate) runtime: Handle,
}

/// What changes while the shops do business.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) orders: BTreeMap<String, Order>,
    /// Which order each tracking number was uploaded for.
    pub(crate) tracking_numbers: HashMap<String, String>,
    pub(crate) uploads: Vec<Upload>,
    pub(crate) cancellations: BTreeMap<String, Cancellation>,
    /// The paths and idempotency keys of what was done under them.
    pub(crate) answered: HashSet<(String, String)>,
    pub(crate) chat: Chat,
    pub(crate) stock: Stock,
    pub(crate) acceptance: Acceptance,
    pub(crate) platform: Platform,
}

#[derive(Debug)]
pub(crate) struct Ids {
    pub(crate) order: Decimal,
    pub(crate) line: Decimal,
    pub(crate) package: Decimal,
    pub(crate) cancel: Decimal,
    pub(crate) conversation: Decimal,
    pub(crate) message: Decimal,
    pub(crate) notification: Decimal,
}

impl Core {
    pub(crate) fn new(config: TikTokConfig, url: String) -> Result<Self> {
        Ok(Self {
            url,
            state: Mutex::default(),
            tokens: Mutex::default(),
            odd_searches: Mutex::default(),
            slow_shops: Mutex::default(),
            odd_gate: Mutex::default(),
            quota: Quota::new(config.shop_qps_max),
            courier: Courier::new(&webhooks::TIKTOK, config.webhooks.clone())?,
            consent: Mutex::new(Consent::Granted),
            redirect_url: Mutex::new(config.redirect_url.clone()),
            ids: Ids {
                order: Decimal::from("57646100", config.first_id),
                line: Decimal::from("57708600", config.first_id),
                package: Decimal::from("115313200", config.first_id),
                cancel: Decimal::from("403531800", config.first_id),
                conversation: Decimal::from("710688832", config.first_id),
                message: Decimal::from("722323407", config.first_id),
                notification: Decimal::from("732711200", config.first_id),
            },
            runtime: Handle::current(),
            config,
        })
    }

    pub(crate) fn shop(&self, id: &str) -> Option<&ShopSpec> {
        self.config.shops.iter().find(|shop| shop.id == id)
    }

    /// Changes one order under the lock and sends what the change gave rise to.
    pub(crate) fn change<T>(
        &self,
        order_id: &str,
        change: impl FnOnce(&mut State, &Ids) -> std::result::Result<(T, Vec<Event>), T>,
    ) -> T {
        let (value, events, shop_id) = {
            let mut state = locked(&self.state);
            match change(&mut state, &self.ids) {
                Ok((value, events)) => {
                    let shop = state.orders.get(order_id).map(|order| order.shop_id.clone());
                    (value, events, shop)
                }
                Err(value) => return value,
            }
        };
        for event in events {
            self.emit(shop_id.as_deref().unwrap_or_default(), &event);
        }
        value
    }

    fn call(self: &Arc<Self>, request: &Request) -> std::result::Result<Value, ApiError> {
        let (kind, endpoint) = route(&request.method, &request.segments());
        let pass = gate::check(self, request, &endpoint)?;
        self.deny(kind)?;
        match endpoint {
            Endpoint::AuthorizedShops => Ok(logistics::authorized_shops(self, &pass)),
            Endpoint::OrderSearch => order_search::search(self, pass.shop()?, request),
            Endpoint::OrderDetail => order_detail::detail(self, pass.shop()?, request),
            Endpoint::Product(id) => product_json::product(self, pass.shop()?, &id),
            Endpoint::InventorySearch => inventory::search(self, pass.shop()?, request),
            Endpoint::Warehouses => Ok(logistics::warehouses(pass.shop()?)),
            Endpoint::ShippingProviders(id) => logistics::shipping_providers(self, pass.shop()?, &id),
            Endpoint::MarkShipped(id) => mark_shipped::mark(self, pass.shop()?, &id, request),
            Endpoint::EligibleServices(id) => platform::eligible(self, pass.shop()?, &id, request),
            Endpoint::ShipPackage(id) => platform::ship(self, pass.shop()?, &id, request),
            Endpoint::ShippingDocument(id) => platform::document(self, pass.shop()?, &id, request),
            Endpoint::PackageDetail(id) => platform::detail(self, pass.shop()?, &id),
            Endpoint::PackageSearch => platform::search(self, pass.shop()?, request),
            Endpoint::HandoverSlots(id) => platform::handover_slots(self, pass.shop()?, &id),
            Endpoint::CancelOrder => cancel_order::cancel(self, pass.shop()?, request),
            Endpoint::CancelReasons(id) => cancel_order::eligibility(self, pass.shop()?, &id, request),
            Endpoint::CancellationSearch => cancellation_search::search(self, pass.shop()?, request),
            Endpoint::CancellationApprove(id) => {
                cancellation_answer::approve(self, pass.shop()?, &id, request)
            }
            Endpoint::CancellationReject(id) => cancellation_answer::reject(self, pass.shop()?, &id, request),
            Endpoint::RejectReasons => cancellation_answer::reject_reasons(self, pass.shop()?, request),
            Endpoint::Conversations => chat_read::conversations(self, pass.shop()?, request),
            Endpoint::Conversation(id) => chat_read::conversation(self, pass.shop()?, &id),
            Endpoint::ConversationOpen => chat_write::open(self, pass.shop()?, request),
            Endpoint::Messages(id) => chat_read::messages(self, pass.shop()?, &id, request),
            Endpoint::MessageSend(id) => chat_write::send(self, pass.shop()?, &id, request),
            _ => Err(ApiError::no_such_path()),
        }
    }
}

impl Service for Core {
    fn kind(&self, request: &Request) -> CallKind {
        route(&request.method, &request.segments()).0
    }

    async fn answer(self: Arc<Self>, request: Request) -> Answer {
        let answer = match route(&request.method, &request.segments()).1 {
            Endpoint::TokenGet => reply::envelope(consent::token_get(&self, &request)),
            Endpoint::TokenRefresh => reply::envelope(consent::token_refresh(&self, &request)),
            Endpoint::Consent if request.method == Method::GET => consent::page(&self, &request),
            Endpoint::DocumentFile(name) => platform::file(&self, &name),
            endpoint @ Endpoint::CreatePackages => {
                self.keep_silent(&request).await;
                self.dawdle(&request).await;
                let core = Arc::clone(&self);
                // Whoever hangs up does not undo a purchase.
                let purchase = tokio::spawn(async move {
                    let pass = gate::check(&core, &request, &endpoint)?;
                    platform::create(&core, pass.shop()?, &request).await
                });
                reply::envelope(purchase.await.unwrap_or_else(|_| Err(ApiError::no_such_path())))
            }
            _ => {
                self.keep_silent(&request).await;
                self.dawdle(&request).await;
                reply::envelope(self.call(&request))
            }
        };
        Answer { clock_ahead_seconds: self.clock_ahead_seconds(), ..answer }
    }

    fn refusal(&self, status: StatusCode) -> Answer {
        reply::refusal(status)
    }
}

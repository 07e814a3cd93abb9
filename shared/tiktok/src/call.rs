//! A call of the API, before it is signed.

use std::fmt;
use std::time::Duration;

use reqwest::Method;
use serde::Serialize;

use crate::config::TikTokTimeouts;

/// The name of a call, for metrics and errors, and what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallName {
    name: &'static str,
    /// What the seller has to have allowed, as a person would say it.
    right: &'static str,
    effect: Effect,
}

/// Whether a call changes something at TikTok.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// No: it may be repeated at will.
    Read,
    /// Yes: it must not be repeated before the state has been read back.
    Write,
}

impl CallName {
    pub(crate) const AUTHORIZED_SHOPS: Self = Self::read("tiktok.authorized_shops", "list its shops");
    pub(crate) const CANCELLATION_APPROVE: Self =
        Self::write("tiktok.cancellation_approve", "handle cancellations");
    pub(crate) const CANCELLATION_REJECT: Self =
        Self::write("tiktok.cancellation_reject", "handle cancellations");
    pub(crate) const CANCELLATION_SEARCH: Self =
        Self::read("tiktok.cancellation_search", "handle cancellations");
    pub(crate) const CANCEL_ORDER: Self = Self::write("tiktok.cancel_order", "handle cancellations");
    pub(crate) const CANCEL_REASONS: Self = Self::read("tiktok.cancel_reasons", "handle cancellations");
    pub(crate) const CONVERSATION: Self = Self::read("tiktok.conversation", "read and write messages");
    pub(crate) const CONVERSATIONS: Self = Self::read("tiktok.conversations", "read and write messages");
    pub(crate) const CONVERSATION_OPEN: Self =
        Self::write("tiktok.conversation_open", "read and write messages");
    pub(crate) const CREATE_PACKAGES: Self = Self::write("tiktok.create_packages", "ship orders");
    pub(crate) const DOCUMENT_FILE: Self = Self::read("tiktok.document_file", "ship orders");
    pub(crate) const ELIGIBLE_SERVICES: Self = Self::read("tiktok.eligible_services", "ship orders");
    pub(crate) const HANDOVER_SLOTS: Self = Self::read("tiktok.handover_slots", "ship orders");
    pub(crate) const INVENTORY: Self = Self::read("tiktok.inventory", "read the stock");
    pub(crate) const MARK_SHIPPED: Self = Self::write("tiktok.mark_shipped", "ship orders");
    pub(crate) const MESSAGES: Self = Self::read("tiktok.messages", "read and write messages");
    pub(crate) const MESSAGE_SEND: Self = Self::write("tiktok.message_send", "read and write messages");
    pub(crate) const ORDER_DETAIL: Self = Self::read("tiktok.order_detail", "read orders");
    pub(crate) const ORDER_SEARCH: Self = Self::read("tiktok.order_search", "read orders");
    pub(crate) const PACKAGE_DETAIL: Self = Self::read("tiktok.package_detail", "ship orders");
    pub(crate) const PACKAGE_SEARCH: Self = Self::read("tiktok.package_search", "ship orders");
    pub(crate) const PRODUCT: Self = Self::read("tiktok.product", "read products");
    pub(crate) const REJECT_REASONS: Self = Self::read("tiktok.reject_reasons", "handle cancellations");
    pub(crate) const SHIPPING_DOCUMENT: Self = Self::read("tiktok.shipping_document", "ship orders");
    pub(crate) const SHIPPING_PROVIDERS: Self =
        Self::read("tiktok.shipping_providers", "read warehouses and shipping providers");
    pub(crate) const SHIP_PACKAGE: Self = Self::write("tiktok.ship_package", "ship orders");
    /// The code of a consent works once: a repetition would fail.
    pub(crate) const TOKEN_GET: Self = Self::write("tiktok.token_get", "renew its tokens");
    /// It issues new tokens, but whoever lost the answer can only ask again.
    pub(crate) const TOKEN_REFRESH: Self = Self::read("tiktok.token_refresh", "renew its tokens");
    pub(crate) const WAREHOUSES: Self =
        Self::read("tiktok.warehouses", "read warehouses and shipping providers");

    const fn read(name: &'static str, right: &'static str) -> Self {
        Self { name, right, effect: Effect::Read }
    }

    const fn write(name: &'static str, right: &'static str) -> Self {
        Self { name, right, effect: Effect::Write }
    }

    /// The name in errors, logs and counters, for example `tiktok.order_detail`.
    pub fn as_str(self) -> &'static str {
        self.name
    }

    /// The right that the call needs, such as "read orders".
    pub(crate) fn right(self) -> &'static str {
        self.right
    }

    pub(crate) fn is_read(self) -> bool {
        self.effect == Effect::Read
    }

    pub(crate) fn timeout(self, timeouts: TikTokTimeouts) -> Duration {
        match self.effect {
            Effect::Read => timeouts.read,
            Effect::Write => timeouts.write,
        }
    }
}

impl fmt::Display for CallName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// A call of the API. It has no `Debug`, because query and body are private.
pub struct ApiCall {
    pub name: CallName,
    pub method: Method,
    pub path: String,
    /// Without the parameters that every call has. Empty values are not sent.
    pub query: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl ApiCall {
    /// A call without a body.
    pub fn get(name: CallName, path: impl Into<String>) -> Self {
        Self { name, method: Method::GET, path: path.into(), query: Vec::new(), body: Vec::new() }
    }

    /// A call with a JSON body. The bodies of this crate are plain structures, which always serialize; one that did not would
    /// be sent empty and refused by TikTok.
    pub fn post(name: CallName, path: impl Into<String>, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { name, method: Method::POST, path: path.into(), query: Vec::new(), body }
    }

    /// A call that changes something and has no body: none is sent, and none is signed.
    pub fn post_empty(name: CallName, path: impl Into<String>) -> Self {
        Self { method: Method::POST, ..Self::get(name, path) }
    }

    /// Adds a query parameter.
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }
}

//! A client of the TikTok Shop API (version 202309 and later).
//!
//! It signs calls, verifies webhooks, keeps the sellers' tokens fresh, stays below TikTok's rate limits and converts answers
//! to the domain's types. Facts about the API come from Partner Center (<https://partner.tiktokshop.com/docv2>) and its
//! OpenAPI document.
//!
//! **Architecture invariant:** no token, secret, URL query, body or personal data reaches a log, an error or a
//! `Debug`. A call that changes something at TikTok is sent once and never repeated from here.

mod access;
mod answer;
mod auth;
mod call;
mod cancellations;
mod client;
mod clock_offset;
mod codes;
mod config;
mod conversations;
mod convert;
mod error;
mod fulfillment;
mod http;
mod inventory;
mod logistics;
mod mac;
mod orders;
mod packages;
mod paths;
mod products;
mod providers;
mod shops;
pub mod signing;
mod tokens;
mod transport;
pub mod webhook;
mod wire;

pub use access::ShopAccess;
pub use call::CallName;
pub use cancellations::{
    CancelResult, CancellationPage, CancellationRejection, CancellationSearch, RejectReason,
};
pub use client::TikTok;
pub use codes::LABEL_NOT_READY;
pub use config::{TikTokConfig, TikTokTimeouts};
pub use conversations::{ConversationPage, MessagePage};
pub use convert::cancellation::{
    CancelRole, CancelStatus, Cancellation, ParsedCancellation, UnreadableCancellation,
};
pub use convert::conversation::{ChatMessage, ChatRole, Conversation, Participant};
pub use convert::order::{ParsedOrder, UnreadableOrder, order as read_order};
pub use error::{Argument, Class, Error, Fault};
pub use fulfillment::Shipped;
pub use http::http_client;
pub use inventory::{StockLevel, WarehouseStock};
pub use orders::{OrderSearch, OrderSearchPage};
pub use packages::{
    CreatedPackage, DocumentKind, Handover, HandoverOptions, PackageSearchPage, PackageState, PackageSummary,
    PickupSlot, ShippingDocument, ShippingService,
};
pub use products::{Package, Product, Sku};
pub use providers::{ShippingProvider, carrier_named, carriers_of, provider_for};
pub use shops::AuthorizedShop;
pub use tokens::TokenSet;

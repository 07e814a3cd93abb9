//! The names of calls.

use std::fmt;

macro_rules! kinds {
    ($($variant:ident = $name:literal : $doc:literal,)+) => {
        /// Which call of a provider a request is. Whatever sells labels has the same names for the same calls.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum CallKind { $(#[doc = $doc] $variant,)+ }

        impl CallKind {
            /// Every kind.
            pub const ALL: &'static [CallKind] = &[$(CallKind::$variant,)+];

            /// The plain name, such as `order_detail`.
            pub fn name(self) -> &'static str {
                match self { $(CallKind::$variant => $name,)+ }
            }
        }
    };
}

kinds! {
    TokenGet = "token_get": "TikTok: an authorization code becomes tokens.",
    TokenRefresh = "token_refresh": "TikTok: a refresh token becomes new tokens.",
    Consent = "consent": "TikTok: the seller's consent page.",
    AuthorizedShops = "authorized_shops": "TikTok: the shops of a token.",
    OrderSearch = "order_search": "TikTok: a page of orders.",
    OrderDetail = "order_detail": "TikTok: orders by id.",
    ProductDetail = "product_detail": "TikTok: one product.",
    WarehouseList = "warehouse_list": "TikTok: the warehouses of a shop.",
    ShippingProviders = "shipping_providers": "TikTok: the carriers of a delivery option.",
    MarkShipped = "mark_shipped": "TikTok: a tracking number is uploaded.",
    EligibleServices = "eligible_services": "TikTok: the services of its own label.",
    CreatePackages = "create_packages": "TikTok: its own label is bought.",
    ShipPackage = "ship_package": "TikTok: a package is shipped.",
    ShippingDocument = "shipping_document": "TikTok: where its own label is.",
    DocumentFile = "document_file": "TikTok: its own label itself.",
    PackageDetail = "package_detail": "TikTok: one package.",
    PackageSearch = "package_search": "TikTok: a page of packages.",
    HandoverSlots = "handover_slots": "TikTok: when a package is collected.",
    AddressCreate = "address_create": "A carrier: an address, perhaps verified.",
    AddressVerify = "address_verify": "A carrier: an address must verify.",
    ShipmentCreate = "shipment_create": "A carrier: a shipment with its rates.",
    ShipmentGet = "shipment_get": "A carrier: a shipment read back.",
    ShipmentRerate = "shipment_rerate": "A carrier: new rates.",
    ShipmentBuy = "shipment_buy": "A carrier: a label is bought.",
    ShipmentLabel = "shipment_label": "A carrier: a label in another format.",
    ShipmentRefund = "shipment_refund": "A carrier: a label is handed back.",
    LabelFile = "label_file": "A carrier: the label itself.",
    TrackerGet = "tracker_get": "A carrier: a tracker.",
    TrackerList = "tracker_list": "A carrier: a page of trackers.",
    TrackerCreate = "tracker_create": "A carrier: the tracker of a number, made where there is none.",
    InventorySearch = "inventory_search": "TikTok: the stock of SKUs.",
    CancelOrder = "cancel_order": "TikTok: the seller cancels.",
    CancelReasons = "cancel_reasons": "TikTok: the reasons by which the seller may cancel.",
    CancellationSearch = "cancellation_search": "TikTok: a page of cancellations.",
    CancellationApprove = "cancellation_approve": "TikTok: a buyer's request is granted.",
    CancellationReject = "cancellation_reject": "TikTok: a buyer's request is refused.",
    RejectReasons = "reject_reasons": "TikTok: the reasons by which a request may be refused.",
    ConversationList = "conversation_list": "TikTok: a page of conversations.",
    ConversationGet = "conversation_get": "TikTok: one conversation.",
    ConversationOpen = "conversation_open": "TikTok: a conversation is begun.",
    MessageList = "message_list": "TikTok: a page of messages.",
    MessageSend = "message_send": "TikTok: a message to a buyer.",
    Unknown = "unknown": "Anything else.",
}

impl fmt::Display for CallKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

//! TikTok Shop and EasyPost as local HTTP servers.

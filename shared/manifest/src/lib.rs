//! Every function, once: its trigger, its limits, and what it may use.
//!
//! The functions' `main`s, the host's workers, the benches and the tests read this list, and a test compares it with
//! `infra/template.yaml`: what an entry says and the template does not is named there.

mod functions;

pub use functions::*;

use config::Variable;
use domain::message::Queue;

/// The memory of every function, in MB. None needs so much: Lambda gives a share of a processor by memory, and with less a
/// start takes noticeably longer.
pub const MEMORY_MB: u64 = 256;

/// How many messages of a queue a function is handed at once.
pub const BATCH_SIZE: usize = 10;

/// A Lambda function, which is also a step of the host on one machine.
#[derive(Debug)]
pub struct Function {
    /// The name of its crate, its folder and its binary, for example `rate-shop`.
    pub name: &'static str,
    pub trigger: Trigger,
    /// Lambda ends a run that takes longer.
    pub timeout_seconds: u64,
    /// The queues that it sends to.
    pub sends_to: &'static [Queue],
    /// The queues whose dead letters it looks at.
    pub inspects_dead_letters_of: &'static [Queue],
    /// Other variables that it reads, in groups.
    pub reads: &'static [&'static [&'static Variable]],
    /// A file in `events/` that stands for what it is mostly asked to do.
    pub sample_event: &'static str,
}

/// What makes a function run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    Http,
    /// An HTTP request, or a person who invokes it and waits for the answer.
    HttpOrInvoked,
    /// A person who invokes it and waits for the answer.
    Invoked,
    Timer {
        every_minutes: u64,
    },
    /// The messages of a queue.
    Queue {
        queue: Queue,
        /// How much of it is worked on at once on one machine; on AWS the template says so.
        on_host: HostShare,
    },
    /// A message of the topic for e-mails and calls about orders.
    Topic,
}

/// How much of a queue the host on one machine works on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostShare {
    /// Batches: the messages of one shop go to the function together.
    ShopBatches,
    /// Half as many messages as the machine has room for orders.
    Half,
    /// A quarter of that number.
    Quarter,
    /// Few: nobody waits for it.
    Few,
}

impl Function {
    /// The queue that it serves, if it serves one.
    pub fn queue(&self) -> Option<Queue> {
        match self.trigger {
            Trigger::Queue { queue, .. } => Some(queue),
            Trigger::Http
            | Trigger::HttpOrInvoked
            | Trigger::Invoked
            | Trigger::Timer { .. }
            | Trigger::Topic => None,
        }
    }

    /// The queues whose URLs it is given: the one that it serves and those that it sends to.
    pub fn queues(&self) -> Vec<Queue> {
        let mut queues = self.sends_to.to_vec();
        queues.extend(self.queue().filter(|queue| !queues.contains(queue)));
        queues
    }

    /// Every variable that it reads, besides the log level, which all read.
    pub fn variables(&self) -> Vec<Variable> {
        let read = self.reads.iter().flat_map(|group| group.iter()).map(|variable| (*variable).clone());
        let queues = self.queues().into_iter().map(config::queue_url);
        let dead_letters = self.inspects_dead_letters_of.iter().copied().map(config::dead_letters_url);
        read.chain(queues).chain(dead_letters).collect()
    }

    /// The variables that name the secrets in which some of its variables stand.
    pub fn secrets(&self) -> Vec<&'static Variable> {
        let mut secrets = Vec::new();
        for secret in self.variables().iter().filter_map(|variable| variable.secret) {
            if !secrets.contains(&secret) {
                secrets.push(secret);
            }
        }
        secrets
    }

    /// Its name in CamelCase, with which the names of its resources in the template begin, for example `RateShop`.
    pub fn logical_name(&self) -> String {
        let capitalized = |word: &str| {
            let (first, rest) = word.split_at(1);
            format!("{}{rest}", first.to_uppercase())
        };
        self.name.split('-').map(capitalized).collect()
    }
}

/// Every variable of the product, but for those that follow from the queues.
pub fn variables() -> impl Iterator<Item = &'static Variable> {
    config::VARIABLES.into_iter().chain(carriers::registry::variables())
}

/// The function that serves a queue.
pub fn function_of(queue: Queue) -> Option<&'static Function> {
    FUNCTIONS.into_iter().find(|function| function.queue() == Some(queue))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use config::{Presence, ReadOn};
    use domain::message::Queue;

    use super::{FUNCTIONS, RATE_SHOP, function_of, variables};

    fn names_in(folder: &str) -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn every_folder_of_a_function_has_an_entry() {
        let entries: BTreeSet<String> = FUNCTIONS.iter().map(|function| function.name.to_owned()).collect();
        assert_eq!(entries, names_in("functions"));
    }

    #[test]
    fn every_queue_has_one_function() {
        for &queue in Queue::ALL {
            let serving = FUNCTIONS.iter().filter(|function| function.queue() == Some(queue)).count();
            assert_eq!(serving, 1, "{queue:?}");
        }
        assert_eq!(function_of(Queue::RateRequests).unwrap().name, RATE_SHOP.name);
    }

    #[test]
    fn every_variable_of_the_list_is_read_by_who_is_said_to_read_it() {
        for variable in variables().filter(|variable| *variable != &config::LOG) {
            let is_read = FUNCTIONS.iter().any(|function| {
                function.variables().contains(variable) || function.secrets().contains(&variable)
            });
            assert_eq!(is_read, variable.read_on != ReadOn::OneMachine, "{}", variable.name);
        }
        for function in FUNCTIONS {
            for variable in function.variables() {
                let is_of_a_queue =
                    variable.name.ends_with("_QUEUE") || variable.name.ends_with("_DEAD_LETTERS");
                assert!(
                    is_of_a_queue || variables().any(|listed| *listed == variable),
                    "{}: {}",
                    function.name,
                    variable.name
                );
                assert!(!is_of_a_queue || variable.presence == Presence::Required);
            }
        }
    }

    #[test]
    fn no_name_stands_twice() {
        let names: BTreeSet<&str> = variables().map(|variable| &*variable.name).collect();
        assert_eq!(names.len(), variables().count());
    }

    /// What is a field of a secret is found only when the variable that names the secret is in the list too.
    #[test]
    fn secrets_are_named_by_variables_of_the_list() {
        for secret in variables().filter_map(|variable| variable.secret) {
            assert!(variables().any(|variable| variable == secret), "{}", secret.name);
            assert!(secret.secret.is_none() && secret.presence == Presence::Optional, "{}", secret.name);
        }
    }

    #[test]
    fn every_function_has_a_sample_event() {
        let events = names_in("events");
        for function in FUNCTIONS {
            assert!(function.sample_event.starts_with(function.name), "{}", function.name);
            assert!(events.contains(function.sample_event), "{} is not in events/", function.sample_event);
        }
    }

    #[test]
    fn resources_are_named_after_their_function() {
        assert_eq!(RATE_SHOP.logical_name(), "RateShop");
    }
}

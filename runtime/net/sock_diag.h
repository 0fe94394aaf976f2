#pragma once

#include <optional>
#include <vector>

#include "runtime/net/address.h"

namespace meshctl::net {

/// The addresses that TCP sockets listen at in this network namespace, IPv4 first, as the kernel's
/// sock_diag(7) lists them: some 25 us, where /proc/net/tcp costs milliseconds, for that walks the
/// connections of the whole machine. Nothing where the kernel or a security policy has it not.
[[nodiscard]] std::optional<std::vector<Address>> listening_by_sock_diag();

}  // namespace meshctl::net

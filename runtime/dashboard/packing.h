#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/dashboard/push_document.h"
#include "runtime/dashboard/slot.h"

namespace meshctl::dashboard {

/// The bytes in which the data file holds a slot, or a proxy's last push: numbers as LEB128, so
/// that an idle minute takes a few bytes. Part of the format of the file (history.h).
[[nodiscard]] std::string pack(const Slot& slot);
[[nodiscard]] std::string pack(const Push& push);

/// Nothing where the bytes are not what pack() makes.
[[nodiscard]] std::optional<Slot> unpack_slot(std::string_view bytes);
[[nodiscard]] std::optional<Push> unpack_push(std::string_view bytes);

}  // namespace meshctl::dashboard

#pragma once

#include "cli/inject/settings.h"

namespace meshctl::inject {

/// Settings that leave traffic alone, so that nothing is said of what leads to the proxy.
inline Settings container_only() {
  auto settings = default_settings("1");
  settings.traffic = Traffic::None;
  return settings;
}

}  // namespace meshctl::inject

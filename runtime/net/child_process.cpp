#include "runtime/net/child_process.h"

#include <unistd.h>

#include <array>

namespace meshctl::net {
namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<std::unique_ptr<ChildProcess>, UvError> ChildProcess::start(
    Loop& loop, const std::vector<std::string>& command, const std::vector<std::string>& variables,
    void* owner, OnExit on_exit) {
  std::unique_ptr<ChildProcess> self(new ChildProcess(owner, on_exit));
  auto arguments = command;
  auto argument_pointers = pointers_to(arguments);
  std::vector<std::string> environment = variables;
  for (char** each = environ; *each != nullptr; ++each) environment.emplace_back(*each);
  auto environment_pointers = pointers_to(environment);
  std::array<uv_stdio_container_t, 3> streams{};
  for (int fd = 0; fd < 3; ++fd) {
    auto& stream = streams[static_cast<std::size_t>(fd)];
    stream.flags = UV_INHERIT_FD;
    stream.data.fd = fd;
  }
  uv_process_options_t options{};
  options.file = argument_pointers.front();
  options.args = argument_pointers.data();
  options.env = environment_pointers.data();
  options.stdio = streams.data();
  options.stdio_count = static_cast<int>(streams.size());
  options.exit_cb = [](uv_process_t* handle, std::int64_t code, int signal) {
    auto* child = static_cast<ChildProcess*>(handle->data);
    if (child == nullptr) return;
    child->on_exit_(child->owner_, {static_cast<int>(code), signal});
  };
  // uv_spawn initialises the handle also when it fails, and then it has to be closed.
  self->process_ = UvPtr<uv_process_t>(new uv_process_t{});
  const int rc = uv_spawn(&loop.raw(), self->process_.get(), &options);
  if (rc != 0) return fail(UvError{rc});
  self->process_->data = self.get();
  return self;
}

void ChildProcess::send_signal(int number) noexcept {
  uv_process_kill(process_.get(), number);
}

}  // namespace meshctl::net

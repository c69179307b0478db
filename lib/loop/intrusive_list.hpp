// An intrusive list whose members leave it by themselves, wherever they are and whatever list it is: what
// waits can be destroyed at any time, and nobody needs to look for it.
#pragma once

namespace aluvia::loop {

class ListNode {
 public:
  ListNode() noexcept = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;

  bool is_linked() const noexcept { return next_ != this; }
  ListNode* next() noexcept { return next_; }
  void unlink() noexcept {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = this;
  }

 private:
  friend class IntrusiveList;
  ListNode* previous_ = this;
  ListNode* next_ = this;
};

/// The list. Its members outlive their membership, not the other way round: whoever destroys a head empties
/// it first.
class IntrusiveList {
 public:
  bool empty() const noexcept { return !head_.is_linked(); }
  ListNode* front() noexcept { return head_.next_; }
  bool is_head(const ListNode* link) const noexcept { return link == &head_; }
  void push_back(ListNode& link) noexcept {
    link.unlink();
    link.previous_ = head_.previous_;
    link.next_ = &head_;
    head_.previous_->next_ = &link;
    head_.previous_ = &link;
  }
  /// Takes over all members of `other`. Precondition: this one is empty.
  void take(IntrusiveList& other) noexcept {
    if (other.empty()) return;
    head_.next_ = other.head_.next_;
    head_.previous_ = other.head_.previous_;
    head_.next_->previous_ = head_.previous_->next_ = &head_;
    other.head_.previous_ = other.head_.next_ = &other.head_;
  }

 private:
  ListNode head_;
};

}  // namespace aluvia::loop

/** The entry of a guest's page: the same views, on a backend that runs in the page. */
import { mount } from 'svelte';
import { openGuestBackend } from './backend/guest/open';
import { openApp } from './call/open-app';
import { setLanguage, useGuestWords } from './i18n/i18n.svelte';
import Root from './Root.svelte';
import './styles/tokens.css';
import './styles/base.css';

const target = document.getElementById('app');
if (!target) throw new Error('the page has no #app');

useGuestWords();
setLanguage('system');
mount(Root, { target, props: { opening: openApp(openGuestBackend) } });
